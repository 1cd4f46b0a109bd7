import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ConversingCall } from '../../../../src/core/engine/conversing';
import { converse } from '../../../../src/core/engine/conversing';
import { openFileHome } from '../../../../src/core/home/fileHome';
import { Chatting } from '../../../support/chatting';
import { pairUp } from '../../../support/pairUp';
import { newId, NO_LINK } from '../../../support/talking';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** If this fails, somebody was told that a message arrived that nobody has, or reads it twice. */
describe('two engines that chat', function () {
  this.timeout(90_000);
  const hub = withHub();
  const engines = withEngines(hub);
  let round = 0;

  const start = async (name: string): Promise<Agent> => {
    const home = await openFileHome(engines.path(`home-${name}`), () => undefined);
    return engines.start(`${name}-${String(round)}`, { home });
  };
  const couple = async (): Promise<[Chatting, Chatting]> => {
    round += 1;
    const [alice, bob] = await Promise.all([start('alice'), start('bob')]);
    await pairUp(alice, bob);
    return [new Chatting(alice, bob.id), new Chatting(bob, alice.id)];
  };
  const restart = async (name: string, of: Chatting): Promise<Chatting> => {
    await engines.stop(of.agent);
    const agent = await start(name);
    agent.events.push({ type: 'agents', agents: (await agent.engine.snapshot()).agents });
    return new Chatting(agent, of.peerId);
  };
  const textOf = ({ body }: { readonly body: { readonly kind: string; text?: string } }): string =>
    body.text ?? '';

  it('carries a message once: waiting, sent, delivered, read, and the same on both disks', async () => {
    const [alice, bob] = await couple();
    await bob.attend();
    const id = await alice.say('# Hello');
    const heard = await bob.heard(id);
    assert.deepEqual(heard.body, { kind: 'text', text: '# Hello' });
    assert.equal(heard.kid, bob.kid);
    assert.equal(heard.from, 'agent');
    await alice.delivered(id);
    await bob.agent.engine.markRead({ kid: bob.kid, messageId: id });
    await alice.reaches(id, 'read');
    const states = alice.told(id).map(({ state }) => state);
    const order = ['waiting', 'sent', 'delivered', 'read'];
    assert.deepEqual(
      states.map((state) => order.indexOf(state)),
      states.map((state) => order.indexOf(state)).sort((a, b) => a - b),
      states.join(),
    );
    const [ours, theirs] = [await alice.all(), await bob.all()];
    assert.deepEqual(
      [...ours, ...theirs].map(({ messageId, from, state }) => [messageId, from, state]),
      [
        [id, 'self', 'read'],
        [id, 'agent', 'seen'],
      ],
    );
    const { chats } = await bob.agent.engine.snapshot();
    assert.equal(chats.find(({ agent }) => agent.kid === bob.kid)?.unread, 0);
    await alice.chat('the way', ({ path: way }) => way.kind === 'direct');
  });

  it('says the same message once, however often it is asked to', async () => {
    const [alice, bob] = await couple();
    await bob.attend();
    const id = newId();
    await Promise.all([alice.say('once', id), alice.say('once', id), alice.say('once', id)]);
    await alice.delivered(id);
    await alice.say('once', id);
    const last = await alice.say('after');
    await bob.heard(last);
    assert.deepEqual((await bob.all()).map(textOf), ['once', 'after']);
    assert.equal(bob.told(id).filter(({ state }) => state === 'received').length, 1);
  });

  it('keeps both orders when both write at once and neither asked first', async () => {
    const [alice, bob] = await couple();
    await Promise.all([alice.attend(), bob.attend()]);
    const numbers = Array.from({ length: 40 }, (_, index) => String(index));
    const write = async (one: Chatting): Promise<string[]> => {
      const ids = [];
      for (const text of numbers) ids.push(await one.say(text));
      return ids;
    };
    const [from, to] = await Promise.all([write(alice), write(bob)]);
    await Promise.all([
      ...from.map((id) => alice.delivered(id)),
      ...to.map((id) => bob.delivered(id)),
    ]);
    for (const one of [alice, bob]) {
      const all = await one.all();
      for (const who of ['self', 'agent']) {
        assert.deepEqual(all.filter(({ from: by }) => by === who).map(textOf), numbers);
      }
    }
  });

  it('tells of typing, and stops by itself when the writer goes away', async () => {
    const [alice, bob] = await couple();
    await Promise.all([alice.attend(true, [alice.kid]), bob.attend(true, [bob.kid])]);
    await bob.chat('a way', ({ path: way }) => way.kind === 'direct' || way.kind === 'relayed');
    await alice.agent.engine.typing({ kid: alice.kid, isTyping: true });
    await bob.chat('typing', ({ isTyping }) => isTyping);
    await alice.agent.engine.typing({ kid: alice.kid, isTyping: false });
    await bob.chat('no typing', ({ isTyping }) => !isTyping);
    // Told at most every few seconds: a person goes on writing meanwhile.
    const writing = setInterval(() => {
      void alice.agent.engine.typing({ kid: alice.kid, isTyping: true });
    }, 100);
    await bob
      .chat('typing', ({ isTyping }) => isTyping)
      .finally(() => {
        clearInterval(writing);
      });
    await engines.stop(alice.agent);
    await bob.chat('no typing', ({ isTyping }) => !isTyping);
  });

  it('keeps what is written while the other side is away, and delivers it when it is back', async () => {
    const [alice, bobBefore] = await couple();
    await engines.stop(bobBefore.agent);
    const ids = [await alice.say('one'), await alice.say('two')];
    const chat = await alice.chat('two wait', ({ waiting }) => waiting === 2);
    assert.equal(chat.last?.state, 'waiting');
    const bob = await restart('bob', bobBefore);
    await bob.attend();
    for (const id of ids) await alice.delivered(id);
    assert.deepEqual((await bob.all()).map(textOf), ['one', 'two']);
    await alice.chat('nothing waits', ({ waiting }) => waiting === 0);
  });

  it('delivers what waited after both were started anew, and what came stays read', async () => {
    const [aliceBefore, bobBefore] = await couple();
    await bobBefore.attend();
    const first = await aliceBefore.say('before');
    await aliceBefore.delivered(first);
    await engines.stop(bobBefore.agent);
    const id = await aliceBefore.say('kept');
    const alice = await restart('alice', aliceBefore);
    assert.deepEqual(
      (await alice.all()).map(({ messageId, state }) => [messageId, state]),
      [
        [first, 'delivered'],
        [id, 'waiting'],
      ],
    );
    const bob = await restart('bob', bobBefore);
    await bob.attend();
    await alice.delivered(id);
    await bob.heard(id);
    assert.deepEqual((await bob.all()).map(textOf), ['before', 'kept']);
  });

  it('lists all agents, those with the newest message first', async () => {
    const [alice, bob] = await couple();
    const [carol, dave] = await Promise.all([start('carol'), start('dave')]);
    await pairUp(alice.agent, carol);
    await pairUp(alice.agent, dave);
    const toCarol = new Chatting(alice.agent, carol.id);
    const listed = async (): Promise<string[]> =>
      (await alice.agent.engine.snapshot()).chats.map(({ agent }) => agent.name);
    await alice.say('first');
    await toCarol.say('second');
    assert.deepEqual(await listed(), [carol.id, bob.agent.id, dave.id]);
    await alice.say('third');
    assert.deepEqual(await listed(), [bob.agent.id, carol.id, dave.id]);
  });

  it('waits for somebody who takes chats, says so, and goes on once there is one', async () => {
    const [alice, bob] = await couple();
    const id = await alice.say('anybody?');
    const chat = await alice.chat('the reason', ({ trouble }) => trouble !== undefined);
    assert.equal(chat.trouble?.code, 'CHAT_UNAVAILABLE');
    assert.deepEqual(await bob.all(), []);
    await bob.attend();
    await alice.delivered(id);
    await alice.chat('no trouble', ({ trouble }) => trouble === undefined);
  });

  it('says that nobody takes chats to whoever looks at one, before anything is written', async () => {
    const [alice, bob] = await couple();
    await alice.attend(true, [alice.kid]);
    await alice.chat('the reason', ({ trouble }) => trouble?.code === 'CHAT_UNAVAILABLE');
    await alice.attend(true, []);
    // Nobody asks any more, so nobody knows.
    await alice.chat('no reason', ({ trouble }) => trouble === undefined);
    await alice.attend(true, [alice.kid]);
    await alice.chat('the reason again', ({ trouble }) => trouble !== undefined);
    await bob.attend();
    await alice.chat('a way', ({ path: way, trouble }) => {
      return way.kind === 'direct' && trouble === undefined;
    });
  });

  it('goes on through the service alone, sealed, when no link comes about', async () => {
    const [alice, bob] = await couple();
    await bob.attend();
    for (const { agent } of [alice, bob]) {
      await agent.engine.configure({ ...agent.config, ...NO_LINK });
    }
    const id = await alice.say('by the service only');
    await alice.delivered(id);
    const { path: way } = await alice.chat('the way', ({ path: one }) => one.kind === 'relayed');
    assert.deepEqual(way, { kind: 'relayed', over: 'service' });
    const answer = await bob.say('and back');
    await bob.delivered(answer);
    const tasks = await engines.client('eye').listTasks({ channel: 'p2p-transfer' });
    const said = await Promise.all(
      tasks.map(async (task) => [task, await engines.client('eye').listMessages(task.id)]),
    );
    const stored = JSON.stringify(said);
    assert.match(stored, /p2p_session/);
    assert.doesNotMatch(stored, /by the service only|and back/);
    for (const text of ['by the service only', 'and back']) {
      assert.ok(!stored.includes(Buffer.from(text).toString('base64url').slice(0, -2)));
    }
  });

  it('clears one side only, and takes back what waited', async () => {
    const [alice, bob] = await couple();
    await bob.attend();
    await alice.delivered(await alice.say('said'));
    await engines.stop(bob.agent);
    const withdrawn = await alice.say('withdrawn');
    await alice.chat('one waits', ({ waiting }) => waiting === 1);
    await alice.agent.engine.clearMessages({ kid: alice.kid });
    assert.deepEqual(await alice.all(), []);
    const again = await restart('bob', bob);
    await again.attend();
    await again.heard(await alice.say('after'));
    assert.deepEqual((await again.all()).map(textOf), ['said', 'after']);
    assert.deepEqual(again.told(withdrawn), []);
  });

  it('keeps words off the disk while that is off, and on it while it is on', async () => {
    const [alice, bob] = await couple();
    await bob.attend();
    const onDisk = async (): Promise<string> => {
      const folder = path.join(engines.path('home-alice'), 'chats', alice.kid);
      const files = await readdir(folder);
      return (await Promise.all(files.map((name) => readFile(path.join(folder, name))))).join('');
    };
    await alice.delivered(await alice.say('a word that stays'));
    assert.match(await onDisk(), /a word that stays/);
    await alice.agent.engine.configure({ ...alice.agent.config, keepMessages: false });
    await alice.delivered(await alice.say('a word that goes'));
    assert.deepEqual((await alice.all()).map(textOf).at(-1), 'a word that goes');
    await engines.stop(alice.agent);
    assert.doesNotMatch(await onDisk(), /a word that goes/);
    const again = await start('alice');
    const { messages } = await again.engine.messages({ kid: alice.kid, limit: 200 });
    assert.ok(!messages.map(textOf).includes('a word that goes'));
  });

  it('ends with the agent: what is blocked hears nothing, what is removed is forgotten', async () => {
    const [alice, bob] = await couple();
    await Promise.all([alice.attend(), bob.attend()]);
    await alice.delivered(await alice.say('before'));
    const { kid } = alice;
    await alice.agent.engine.changeAgent(kid, { blocked: true });
    const body = { kind: 'text', text: 'x' } as const;
    await assert.rejects(alice.agent.engine.sendMessage({ kid, messageId: newId(), body }), {
      code: 'AGENT_BLOCKED',
    });
    const lost = await bob.say('you hear nothing');
    await bob.chat('it waits', ({ waiting }) => waiting === 1);
    assert.deepEqual((await alice.all()).map(textOf), ['before']);
    await alice.agent.engine.changeAgent(kid, { blocked: false });
    await bob.delivered(lost);
    await alice.agent.engine.removeAgent(kid);
    const { chats } = await alice.agent.engine.snapshot();
    assert.deepEqual(chats, []);
    await assert.rejects(alice.agent.engine.messages({ kid, limit: 1 }), { code: 'AGENT_UNKNOWN' });
    const left = path.join(engines.path('home-alice'), 'chats', kid);
    await assert.rejects(readdir(left), { code: 'ENOENT' });
  });

  it('knows only its own agents: every call about another key is refused', async () => {
    const [alice] = await couple();
    const kid = 'e'.repeat(64);
    const id = newId();
    const about: Partial<Record<ConversingCall, object>> = {
      sendMessage: { kid, messageId: id, body: { kind: 'text', text: 'x' } },
      typing: { kid, isTyping: true },
      markRead: { kid, messageId: id },
      messages: { kid, limit: 1 },
      searchMessages: { kid, text: 'x', limit: 1 },
      clearMessages: { kid },
      call: { callId: id, kid, media: { video: false } },
      attachPeer: { peerId: id, to: { kind: 'chat', kid } },
    };
    for (const [call, params] of Object.entries(about)) {
      const asked = converse(alice.agent.engine, call as ConversingCall, params as never);
      await assert.rejects(asked, { code: 'AGENT_UNKNOWN' }, call);
    }
    const { engine } = alice.agent;
    const decision = { kind: 'decline' } as const;
    await assert.rejects(engine.answerCall({ callId: id, decision }), { code: 'CALL_UNKNOWN' });
    const to = { kind: 'call', callId: id } as const;
    await assert.rejects(engine.attachPeer({ peerId: id, to }), { code: 'CALL_UNKNOWN' });
    // These are left as they are.
    await engine.hangUp({ callId: id });
    await engine.detachPeer({ peerId: id });
    await engine.peerState({ peerId: id, state: { kind: 'failed' } });
    await engine.peerFrame({ peerId: id, frame: 'AAAA' });
  });

  it('keeps credentials of TURN servers out of what it shows of its configuration', async () => {
    const [{ agent }] = await couple();
    const iceServers = [{ urls: ['turn:127.0.0.1:1'], username: 'u', credential: 'hunter2' }];
    const online = agent.events.filter(({ type }) => type === 'service').length;
    await agent.engine.configure({ ...agent.config, iceServers, keepMessages: false });
    assert.doesNotMatch(JSON.stringify(await agent.engine.config()), /hunter2|iceServers/);
    assert.equal(agent.events.filter(({ type }) => type === 'service').length, online);
    const bad = [{ urls: ['turn:127.0.0.1:1'] }];
    await assert.rejects(agent.engine.configure({ ...agent.config, iceServers: bad }), {
      code: 'CONFIG_INVALID',
    });
  });
});
