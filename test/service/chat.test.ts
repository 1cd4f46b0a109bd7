import assert from 'node:assert/strict';
import path from 'node:path';
import type { Chat, ChatMessage } from '../../src/core/chatEvents';
import type { MessagePage } from '../../src/core/conversations';
import type { EngineConfig } from '../../src/core/engineConfig';
import type { EngineEvent } from '../../src/core/events';
import { newId } from '../support/talking';
import { withEngines, type Agent } from '../support/withEngines';
import { withHub } from '../support/withHub';
import { configAt, withHousehold, type Member } from './household';
import { pairHousehold } from './pairHousehold';

/** If this fails, what somebody writes in one window is lost with another, or is told to nobody. */
describe('chats of a home with several processes', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const house = withHousehold();
  let round = 0;
  let us: EngineConfig;
  let peer: Agent;
  /** The peer as our home calls it, and the other way round. */
  let theirs: string;
  let ours: string;

  const text = (words: string) => ({ kind: 'text', text: words }) as const;

  beforeEach(async () => {
    round += 1;
    us = configAt(hub.url, `us-${String(round)}`, path.join(house.folder, 'ours'));
    peer = await engines.start(`peer-${String(round)}`);
  });

  /** Processes of one home, paired with the peer. */
  const household = async (count: number): Promise<Member[]> => {
    const members = await house.open(count, us);
    const [first] = members as [Member];
    ({ ours, theirs } = await pairHousehold(first, us.actorId, peer));
    return members;
  };
  const attend = (member: Member, shellId: string, chats = true): Promise<unknown> =>
    member.ask({
      do: 'converse',
      call: 'attend',
      params: { shellId, chats, calls: false, open: [] },
    });
  const say = async (member: Member, words: string, messageId = newId()): Promise<string> => {
    const params = { kid: theirs, messageId, body: text(words) };
    await member.ask({ do: 'converse', call: 'sendMessage', params });
    return messageId;
  };
  const peerSays = async (words: string): Promise<string> => {
    const messageId = newId();
    await peer.engine.sendMessage({ kid: ours, messageId, body: text(words) });
    return messageId;
  };
  const isMessage =
    (messageId: string, ...states: ChatMessage['state'][]) =>
    (event: EngineEvent): boolean =>
      event.type === 'message' &&
      event.message.messageId === messageId &&
      (states.length === 0 || states.includes(event.message.state));
  const peerTold = (messageId: string, ...states: ChatMessage['state'][]): Promise<EngineEvent> =>
    peer.until(`${messageId} ${states.join(' or ')}`, () =>
      peer.events.find(isMessage(messageId, ...states)),
    );
  const page = (member: Member): Promise<MessagePage> =>
    member.ask({ do: 'converse', call: 'messages', params: { kid: theirs, limit: 200 } });
  const peerChat = async (what: string, is: (chat: Chat) => boolean): Promise<void> => {
    await peer.until(what, () => {
      const told = peer.events.findLast((event) => event.type === 'chats');
      return told?.type === 'chats' && told.chats.some(is);
    });
  };

  it('are the same in every window: written in one, heard and read in all', async () => {
    const [owner, other] = (await household(2)) as [Member, Member];
    await attend(other, newId());
    const from = await peerSays('to whoever is there');
    for (const member of [owner, other]) await member.told('it', isMessage(from, 'received'));
    await peer.engine.attend({ shellId: newId(), chats: true, calls: false, open: [] });
    const to = await say(other, 'from the window that owns nothing');
    for (const member of [owner, other]) {
      await member.told('delivery', isMessage(to, 'delivered', 'read'));
    }
    const params = { kid: theirs, messageId: from };
    await other.ask({ do: 'converse', call: 'markRead', params });
    await owner.told('that it was seen', isMessage(from, 'seen'));
    await peerTold(from, 'read');
    assert.deepEqual(await page(owner), await page(other));
    assert.deepEqual(
      (await page(other)).messages.map(({ messageId }) => messageId),
      [from, to],
    );
  });

  it('take no messages any more once the window that took them is gone, however it went', async () => {
    const [, second, third] = (await household(3)) as [Member, Member, Member];
    await attend(second, newId());
    await attend(third, newId());
    await peerTold(await peerSays('one'), 'delivered');
    await second.kill();
    await peerTold(await peerSays('two'), 'delivered');
    await third.ask({ do: 'stop' });
    await peerSays('three');
    await peerChat('that nobody is there', ({ waiting, trouble }) => {
      return waiting === 1 && trouble?.code === 'CHAT_UNAVAILABLE';
    });
  });

  it('are attended to by the successor as they were by the owner that was killed', async () => {
    const [owner, other] = (await household(2)) as [Member, Member];
    await attend(other, newId());
    await peerTold(await peerSays('one'), 'delivered');
    await owner.kill();
    await other.told('the move', ({ type }) => type === 'moved');
    const id = await peerSays('two');
    await other.told('it', isMessage(id, 'received'));
    await peerTold(id, 'delivered');
    const said = (await page(other)).messages.map(({ body }) => body);
    assert.deepEqual(said, [text('one'), text('two')]);
  });

  it('go out from the successor when the owner was killed while messages waited', async () => {
    const [owner, other] = (await household(2)) as [Member, Member];
    // Nobody takes chats there yet.
    const ids = [];
    for (const words of ['one', 'two', 'three']) ids.push(await say(owner, words));
    await owner.kill();
    await other.told('the move', ({ type }) => type === 'moved');
    ids.push(await say(other, 'four'));
    await peer.engine.attend({ shellId: newId(), chats: true, calls: false, open: [] });
    for (const id of ids) await other.told('delivery', isMessage(id, 'delivered', 'read'));
    const { messages } = await peer.engine.messages({ kid: ours, limit: 200 });
    assert.deepEqual(
      messages.map(({ messageId }) => messageId),
      ids,
    );
    assert.equal((await other.snapshot()).chats[0]?.waiting, 0);
  });

  it('lose nothing and repeat nothing when owners are killed while they are written', async () => {
    const members = await household(3);
    await peer.engine.attend({ shellId: newId(), chats: true, calls: false, open: [] });
    const ids: string[] = [];
    for (let alive = members; alive.length > 0;) {
      const [writer] = alive.slice(-1) as [Member];
      for (let index = 0; index < 10; index++) ids.push(await say(writer, String(ids.length)));
      if (alive.length === 1) break;
      const owner = await house.owner(alive);
      await owner.kill();
      alive = alive.filter((member) => member !== owner);
    }
    for (const id of ids) await peerTold(id, 'received');
    const { messages } = await peer.engine.messages({ kid: ours, limit: 200 });
    assert.deepEqual(
      messages.map(({ body }) => body.kind === 'text' && body.text),
      ids.map((_, index) => String(index)),
    );
    const received = peer.events.filter(
      (event) => event.type === 'message' && event.message.state === 'received',
    );
    assert.equal(received.length, ids.length, 'each was told once');
  });

  it('are asked with what they take, also by another process', async () => {
    const [, other] = (await household(2)) as [Member, Member];
    const wrong = { kid: '../../etc', messageId: newId() };
    await assert.rejects(other.ask({ do: 'converse', call: 'markRead', params: wrong }), {
      code: 'CONFIG_INVALID',
    });
    const unknown = { kid: 'e'.repeat(64), messageId: newId() };
    await assert.rejects(other.ask({ do: 'converse', call: 'markRead', params: unknown }), {
      code: 'AGENT_UNKNOWN',
    });
  });

  it('tell a peer connection only to the process that attached it, and end with that process', async () => {
    const [owner, second, third] = (await household(3)) as [Member, Member, Member];
    const to = { kind: 'chat', kid: theirs } as const;
    await peer.engine.attend({ shellId: newId(), chats: true, calls: false, open: [] });
    await attend(owner, newId());
    const [held, there] = [newId(), newId()];
    await second.ask({ do: 'converse', call: 'attachPeer', params: { peerId: held, to } });
    await assert.rejects(
      third.ask({ do: 'converse', call: 'attachPeer', params: { peerId: newId(), to } }),
      { code: 'PEER_TAKEN' },
    );
    await peer.engine.attachPeer({ peerId: there, to: { kind: 'chat', kid: ours } });
    const remote =
      (peerId: string, which: string | undefined) =>
      (event: EngineEvent): boolean =>
        event.type === 'peer' &&
        event.peerId === peerId &&
        event.order.kind === 'remote' &&
        event.order.remote === which;
    await second.told('the other side', remote(held, there));
    await peer.until('our side', () => peer.events.some(remote(there, held)));
    await second.kill();
    await peer.until('that ours is gone', () => peer.events.some(remote(there, undefined)));
    for (const member of [third]) {
      assert.deepEqual(
        member.events.filter(({ type }) => type === 'peer'),
        [],
      );
    }
    const next = newId();
    await third.ask({ do: 'converse', call: 'attachPeer', params: { peerId: next, to } });
    await peer.until('the next of ours', () => peer.events.some(remote(there, next)));
  });
});
