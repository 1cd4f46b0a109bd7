import assert from 'node:assert/strict';
import { MAX_WAITING } from '../../../src/core/chat/conversation';
import { WINDOW_MESSAGES } from '../../../src/core/chat/delivery';
import { TypingHere, TypingThere } from '../../../src/core/chat/typing';
import { MAX_MESSAGE_BYTES, type MessageBody } from '../../../src/core/chatEvents';
import { memoryHome } from '../../../src/core/home/memoryHome';
import { HandLane, kidOf, newId, type Side, withSides } from './chatFixture';
import { LanePair } from './lanePair';

const states = (side: Side, id: string): string[] =>
  side.events.flatMap((event) =>
    event.type === 'message' && event.message.messageId === id ? [event.message.state] : [],
  );

describe('a chat', function () {
  this.timeout(60_000);
  const sides = withSides();

  it('tells what becomes of a message, up to its being read', async () => {
    const alice = await sides.start('alice', 'bob');
    const bob = await sides.start('bob', 'alice');
    const id = await alice.say('hello');
    assert.deepEqual(states(alice, id), ['waiting']);
    assert.deepEqual([alice.wanted, (await alice.chat()).path.kind], [true, 'connecting']);
    alice.isOnline = false;
    assert.equal((await alice.chat()).path.kind, 'offline');
    new LanePair([alice, bob]).open();
    await alice.until(() => states(alice, id).at(-1) === 'delivered');
    assert.equal(alice.wanted, false);
    await bob.book.markRead({ kid: bob.kid, messageId: id });
    await alice.until(() => states(alice, id).at(-1) === 'read');
    assert.deepEqual(states(alice, id), ['waiting', 'sent', 'delivered', 'read']);
    assert.deepEqual(states(bob, id), ['received', 'seen']);
    assert.equal((await alice.chat()).last?.state, 'read');
    const { agent, unread, last, path } = await bob.chat();
    assert.deepEqual([agent.name, unread, last?.state], ['alice', 0, 'seen']);
    assert.deepEqual(path, { kind: 'direct', over: 'peer' });
  });

  it('read while nobody hears it is told when somebody does', async () => {
    const alice = await sides.start('alice', 'bob');
    const bob = await sides.start('bob', 'alice');
    const pair = new LanePair([alice, bob]).open();
    const id = await alice.say('hello');
    await alice.until(() => states(alice, id).at(-1) === 'delivered');
    pair.break();
    await bob.book.markRead({ kid: bob.kid, messageId: id });
    await Promise.all([alice.restart(), bob.restart()]);
    new LanePair([alice, bob]).open();
    await alice.until(() => states(alice, id).at(-1) === 'read');
  });

  it('carries places and files as they are', async () => {
    const alice = await sides.start('alice', 'bob');
    const bob = await sides.start('bob', 'alice');
    new LanePair([alice, bob]).open();
    const range = { startLine: 1, startCharacter: 2, endLine: 3, endCharacter: 4 };
    const bodies: MessageBody[] = [
      { kind: 'code', path: 'app/a.ts', language: 'typescript', range, text: 'let a;\n' },
      { kind: 'code', path: 'app/b', range, text: '"\\\u2028\0' },
      { kind: 'file', transferId: newId() },
      { kind: 'text', text: 'ö😀\n```\ncode\n```' },
    ];
    for (const body of bodies) {
      await alice.book.sendMessage({ kid: alice.kid, messageId: newId(), body });
    }
    await alice.until(async () => (await alice.chat()).waiting === 0);
    for (const side of [alice, bob]) {
      await side.restart();
      assert.deepEqual(
        (await side.all()).map(({ body }) => body),
        bodies,
      );
    }
  });

  it('takes the same message once, however often and at once it is said', async () => {
    const alice = await sides.start('alice', 'bob');
    const id = newId();
    await Promise.all([alice.say('one', id), alice.say('one', id), alice.say('one', id)]);
    await alice.restart();
    await alice.say('one', id);
    const lane = new HandLane(alice.kid, alice).open();
    await alice.say('two');
    assert.deepEqual(lane.texts(), ['one', 'two']);
    lane.hear({ t: 'delivered', ids: [id] });
    await alice.until(async () => (await alice.chat()).waiting === 1);
    await alice.say('one', id);
    assert.equal((await alice.all()).length, 2);
    assert.deepEqual(lane.texts(), ['one', 'two']);
  });

  it('refuses what cannot be sent before it is queued', async () => {
    const alice = await sides.start('alice', 'bob');
    const { kid, book } = alice;
    const send = (body: MessageBody, to = kid) =>
      book.sendMessage({ kid: to, messageId: newId(), body });
    const text = (of: string): MessageBody => ({ kind: 'text', text: of });
    const largest = 'a'.repeat(MAX_MESSAGE_BYTES);
    await assert.rejects(send(text(`${largest}a`)), { code: 'MESSAGE_TOO_LARGE' });
    await assert.rejects(send(text('ö'.repeat(MAX_MESSAGE_BYTES / 2 + 1))), {
      code: 'MESSAGE_TOO_LARGE',
    });
    // It would not fit in its frame: JSON writes each of these in six.
    await assert.rejects(send(text('\u0001'.repeat(MAX_MESSAGE_BYTES))), {
      code: 'MESSAGE_TOO_LARGE',
    });
    await assert.rejects(send(text('')), { code: 'CONFIG_INVALID' });
    await assert.rejects(send({ kind: 'file', transferId: 'x' }), { code: 'CONFIG_INVALID' });
    await assert.rejects(book.sendMessage({ kid, messageId: '../x', body: text('a') }), {
      code: 'CONFIG_INVALID',
    });
    await assert.rejects(send(text('a'), kidOf('carol')), { code: 'AGENT_UNKNOWN' });
    await assert.rejects(book.messages({ kid: '../../etc', limit: 1 }), { code: 'AGENT_UNKNOWN' });
    alice.isBlocked = true;
    await assert.rejects(send(text('a')), { code: 'AGENT_BLOCKED' });
    alice.isBlocked = false;
    assert.deepEqual(await alice.all(), []);
    await send(text(largest));
    assert.equal((await alice.all()).length, 1);
  });

  it(`keeps ${MAX_WAITING} waiting, tells a window of them, and the rest as they are confirmed`, async () => {
    const alice = await sides.start('alice', 'bob', { home: memoryHome() });
    const ids: string[] = [];
    for (let index = 0; index < MAX_WAITING; index++) ids.push(await alice.say(`${index}`));
    await assert.rejects(alice.say('more'), { code: 'CHAT_FULL', message: /bob/ });
    const lane = new HandLane(alice.kid, alice).open();
    await alice.until(() => lane.texts().length === WINDOW_MESSAGES);
    for (let told = WINDOW_MESSAGES; told < MAX_WAITING; told += 100) {
      assert.equal(lane.texts().length, told);
      lane.hear({ t: 'delivered', ids: ids.slice(told - WINDOW_MESSAGES, told - 100) });
      await alice.until(() => lane.texts().length > told);
    }
    assert.deepEqual(
      lane.texts(),
      ids.map((_, index) => `${index}`),
    );
    await alice.say('room again');
  });

  it('tells again, in order, what nobody confirms', async () => {
    const alice = await sides.start('alice', 'bob', { repeatMs: 20 });
    const ids = [await alice.say('1'), await alice.say('2'), await alice.say('3')];
    const lane = new HandLane(alice.kid, alice).open();
    await alice.until(() => lane.texts().length >= 6);
    lane.hear({ t: 'delivered', ids: ids.slice(0, 1) });
    await alice.until(async () => (await alice.chat()).waiting === 2);
    const before = lane.texts().length;
    await alice.until(() => lane.texts().length >= before + 4);
    assert.deepEqual(lane.texts().slice(before, before + 4), ['2', '3', '2', '3']);
    assert.deepEqual(lane.texts().slice(0, 6), ['1', '2', '3', '1', '2', '3']);
  });

  it('says why messages wait, or would, although the agent is there', async () => {
    const alice = await sides.start('alice', 'bob');
    alice.book.onRefused(alice.kid, 'unavailable');
    const { trouble, path } = await alice.chat();
    assert.match(trouble?.message ?? '', /Nobody takes chats at bob just now/);
    assert.equal(path.kind, 'offline');
    alice.book.onRefused(alice.kid, undefined);
    assert.equal((await alice.chat()).trouble, undefined, 'nobody asks any more');
    await alice.say('hello');
    alice.book.onRefused(alice.kid, 'unsupported');
    assert.match((await alice.chat()).trouble?.message ?? '', /has no chat yet/);
    alice.isOnline = false;
    assert.equal((await alice.chat()).trouble, undefined, 'away now');
    alice.book.onRefused(alice.kid, 'unavailable');
    assert.match((await alice.chat()).trouble?.message ?? '', /Nobody takes chats/, 'by service');
    alice.isOnline = true;
    new HandLane(alice.kid, alice).open();
    assert.equal((await alice.chat()).trouble, undefined);
  });

  it('lists all agents, and after a restart what was said with them, without being asked', async () => {
    const alice = await sides.start('alice', 'bob');
    assert.deepEqual(
      alice.book.chats().map(({ agent, last, path }) => [agent.kid, last, path.kind]),
      [[alice.kid, undefined, 'offline']],
    );
    const lane = new HandLane(alice.kid, alice).open();
    lane.hearText('one');
    lane.hearText('two');
    await alice.until(() => lane.delivered().length === 2);
    await alice.say('waits');
    await alice.restart();
    const [chat] = alice.book.chats();
    assert.deepEqual([chat?.unread, chat?.waiting, chat?.last?.state], [2, 1, 'waiting']);
    assert.equal(alice.wanted, true);
    alice.isPaired = false;
    assert.deepEqual(alice.book.chats(), []);
    await alice.restart();
    assert.equal(alice.wanted, false);
  });

  it('shows typing until it is over, a message comes, or the lane goes', async () => {
    const alice = await sides.start('alice', 'bob');
    const bob = await sides.start('bob', 'alice');
    const isTyping = () => bob.book.chats()[0]?.isTyping === true;
    const pair = new LanePair([alice, bob]).open();
    const type = (on: boolean) => alice.book.typing({ kid: alice.kid, isTyping: on });
    await type(true);
    await bob.until(isTyping);
    await type(false);
    await bob.until(() => !isTyping());
    await alice.say('a message allows the next at once');
    await type(true);
    await bob.until(isTyping);
    await alice.say('done');
    await bob.until(() => !isTyping());
    await type(true);
    await bob.until(isTyping);
    pair.break();
    await bob.until(() => !isTyping());
    // Nobody is there to hear it, and it does not wait.
    await type(true);
    const lane = new HandLane(alice.kid, alice).open();
    await alice.chat();
    assert.ok(lane.sent.every(({ t }) => t !== 'typing'));
  });
});

describe('typing', () => {
  it('is told every three seconds at most, and taken back once', () => {
    let now = 0;
    const told: string[] = [];
    const typing = new TypingHere(
      (on) => told.push(`${now} ${String(on)}`),
      () => now,
    );
    for (now = 0; now < 10_000; now += 100) typing.say(true);
    assert.deepEqual(told.splice(0), ['0 true', '3000 true', '6000 true', '9000 true']);
    typing.say(false);
    typing.say(false);
    for (; now < 12_000; now += 100) typing.say(true);
    assert.deepEqual(told, ['10000 false']);
  });

  it('is forgotten when nothing more is heard', async () => {
    const changes: boolean[] = [];
    await new Promise<void>((resolve) => {
      const typing = new TypingThere(() => {
        changes.push(typing.isTyping);
        if (!typing.isTyping) resolve();
      }, 20);
      typing.hear(true);
      typing.hear(true);
      // The timer that is looked at does not keep a process alive.
      const alive = setTimeout(resolve, 5_000);
      void Promise.resolve().then(() => alive.ref());
    });
    assert.deepEqual(changes, [true, false]);
  });
});
