import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { attendingPair, remotesOf } from '../../../support/calling';
import {
  attend,
  chatsTo,
  kidOfAgent,
  newId,
  said,
  say,
  withoutLinks,
} from '../../../support/talking';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** A data channel between two engines, played by hand. What is lost is lost on the way. */
class PlayedChannel {
  readonly ids: readonly [string, string] = [newId(), newId()];
  readonly carried: Buffer[] = [];
  isLossy = false;

  constructor(private readonly ends: readonly [Agent, Agent]) {}

  async open(path: 'direct' | 'relayed' = 'direct'): Promise<void> {
    const [alice, bob] = this.ends;
    for (const [at, agent] of this.ends.entries()) {
      const other = this.ends[1 - at] ?? agent;
      const peerId = this.ids[at] ?? '';
      const kid = await kidOfAgent(agent, other);
      agent.engine.onEvent((event) => {
        if (event.type !== 'peer' || event.peerId !== peerId || event.order.kind !== 'frame')
          return;
        const { frame } = event.order;
        this.carried.push(Buffer.from(frame, 'base64'));
        const to = this.ids[1 - at] ?? '';
        if (!this.isLossy) void other.engine.peerFrame({ peerId: to, frame });
      });
      await agent.engine.attachPeer({ peerId, to: { kind: 'chat', kid } });
    }
    const [one, other] = this.ids;
    await alice.until('the remote peer', () => remotesOf(alice, one).at(-1) === other);
    await bob.until('the remote peer', () => remotesOf(bob, other).at(-1) === one);
    await this.become({ kind: 'connected', path });
  }

  async become(
    state: { kind: 'connected'; path: 'direct' | 'relayed' } | { kind: 'failed' },
  ): Promise<void> {
    for (const [at, { engine }] of this.ends.entries()) {
      await engine.peerState({ peerId: this.ids[at] ?? '', state });
    }
  }
}

/** If this fails, messages get lost, doubled or stuck when their way changes. */
describe('chats over a data channel', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  let alice: Agent;
  let bob: Agent;
  beforeEach(async () => {
    [alice, bob] = await attendingPair(engines);
  });

  it('take it when it is open, and the link when it breaks, in order and once', async () => {
    const channel = new PlayedChannel([alice, bob]);
    await channel.open();
    await alice.until('the path', () => {
      const path = chatsTo(alice, bob)?.path;
      return path?.kind === 'direct' && path.over === 'peer';
    });
    await say(alice, bob, 'one');
    await bob.until('the first', () => said(bob).includes('one'));
    const before = channel.carried.length;
    assert.ok(before > 0, 'it went over the channel');
    channel.isLossy = true;
    for (const text of ['two', 'three', 'four']) await say(alice, bob, text);
    await alice.until('they are sent', () => channel.carried.length >= before + 3);
    await channel.become({ kind: 'failed' });
    await bob.until('all of them', () => said(bob).length === 4);
    assert.deepEqual(said(bob), ['one', 'two', 'three', 'four']);
    // Back, through a TURN server this time.
    channel.isLossy = false;
    await channel.become({ kind: 'connected', path: 'relayed' });
    await alice.until('the path', () => {
      const path = chatsTo(alice, bob)?.path;
      return path?.kind === 'relayed' && path.over === 'turn';
    });
    const then = channel.carried.length;
    await say(alice, bob, 'five');
    await bob.until('the fifth', () => said(bob).includes('five'));
    assert.ok(channel.carried.length > then, 'it went over the channel again');
    for (const frame of channel.carried)
      assert.ok(!frame.includes('three'), 'every frame is sealed');
  });

  it('take the link, or else the task, when a channel that says it is open leads nowhere', async () => {
    const arrivesAllTheSame = async (from: Agent, to: Agent): Promise<void> => {
      const channel = new PlayedChannel([from, to]);
      await channel.open();
      channel.isLossy = true;
      const texts = ['first', 'second', 'third'];
      for (const text of texts) await say(from, to, text);
      await to.until('all of them', () => said(to).length === texts.length);
      assert.deepEqual(said(to), texts);
      assert.ok(channel.carried.length >= texts.length, 'the channel was tried');
    };
    await arrivesAllTheSame(alice, bob);
    await Promise.all([engines.stop(alice), engines.stop(bob)]);
    const [one, other] = await withoutLinks(engines, hub);
    await Promise.all([attend(one), attend(other)]);
    await arrivesAllTheSame(one, other);
  });

  it('pass over frames that no peer of the session sealed', async () => {
    const channel = new PlayedChannel([alice, bob]);
    await channel.open();
    await say(alice, bob, 'one');
    await bob.until('the first', () => said(bob).includes('one'));
    const peerId = channel.ids[1];
    for (const frame of [...channel.carried]) {
      await bob.engine.peerFrame({ peerId, frame: frame.toString('base64') });
      const altered = Buffer.from(frame);
      altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
      await bob.engine.peerFrame({ peerId, frame: altered.toString('base64') });
    }
    await bob.engine.peerFrame({ peerId, frame: randomBytes(400).toString('base64') });
    await say(alice, bob, 'two');
    await bob.until('the second', () => said(bob).includes('two'));
    assert.deepEqual(said(bob), ['one', 'two']);
  });

  it('stay attached when the other engine restarts, and connect to its next peer', async () => {
    const channel = new PlayedChannel([alice, bob]);
    await channel.open();
    const [one] = channel.ids;
    await engines.stop(bob);
    await alice.until('it is gone', () => remotesOf(alice, one).at(-1) === undefined);
    const back = await engines.start('bob', { ...bob.config, home: bob.home });
    await attend(back);
    const next = newId();
    const kid = await kidOfAgent(back, alice);
    await back.engine.attachPeer({ peerId: next, to: { kind: 'chat', kid } });
    await alice.until('the next peer', () => remotesOf(alice, one).at(-1) === next);
    await back.until('the old peer', () => remotesOf(back, next).at(-1) === one);
    await say(alice, back, 'still here');
    await back.until('the message', () => said(back).includes('still here'));
  });

  it('wait while nobody takes them, and come when somebody does', async () => {
    await attend(bob, { chats: false, calls: false });
    await say(alice, bob, 'hello?');
    await alice.until('the refusal', () => {
      const chat = chatsTo(alice, bob);
      return chat?.trouble?.code === 'CHAT_UNAVAILABLE' && chat.waiting === 1;
    });
    assert.deepEqual(said(bob), []);
    await attend(bob);
    await bob.until('the message', () => said(bob).includes('hello?'));
  });

  it('begin once when both begin at once', async () => {
    await Promise.all([say(alice, bob, 'from alice'), say(bob, alice, 'from bob')]);
    await bob.until('the message', () => said(bob).includes('from alice'));
    await alice.until('the message', () => said(alice).includes('from bob'));
    assert.deepEqual([said(alice), said(bob)], [['from bob'], ['from alice']]);
  });
});
