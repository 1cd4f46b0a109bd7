import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { memoryHome } from '../../../../src/core/home/memoryHome';
import type { Home } from '../../../../src/core/home/home';
import { receiptOf } from '../../../../src/core/identity/receipt';
import { partialName } from '../../../../src/core/receivefs/partialName';
import type { MessageChannel } from '../../../../src/core/transfer/messageChannel';
import { serveTransfer } from '../../../../src/core/transfer/serveTransfer';
import { MessageType } from '../../../../src/core/wire/v2';
import { OfferType } from '../../../../src/core/wire/v2Offer';
import { playAgent, type HandAgent } from '../../../support/handAgent';
import { heard, isAnswer, offerBy, probe, treeOf } from '../../../support/offerByHand';
import { online, pairUp, presence } from '../../../support/pairUp';
import { withEngines, type Agent, type AgentOptions } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

const HOUR_MS = 60 * 60 * 1000;

/** If this fails, a transfer between paired agents gets stuck, is doubled, or touches what it should not. */
describe('paired agents in bad moments', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const played: HandAgent[] = [];
  afterEach(async () => {
    await Promise.all(played.splice(0).map((hand) => hand.leave()));
  });

  const paired = async (options: AgentOptions = {}): Promise<[Agent, Agent]> => {
    const [alice, bob] = await Promise.all([engines.start('alice', options), engines.start('bob')]);
    await pairUp(alice, bob);
    return [alice, bob];
  };

  const play = async (bob: Agent, alice: Agent): Promise<HandAgent> => {
    const hand = await playAgent(bob, alice, await engines.swarm());
    played.push(hand);
    await online(alice, 'bob');
    return hand;
  };

  /** Alice's engine, and bob played by hand. */
  const against = async (options: AgentOptions = {}): Promise<[Agent, HandAgent, Agent]> => {
    const [alice, bob] = await paired(options);
    await engines.stop(bob);
    await presence(alice, 'bob', 'offline');
    return [alice, await play(bob, alice), bob];
  };

  it('keep their link when an offer comes whose time is over, or not yet there', async () => {
    const [alice, hand, bob] = await against();
    const now = Date.now();
    const late = await offerBy(bob, alice, 4, { created: now - 48 * HOUR_MS, life: HOUR_MS });
    const early = await offerBy(bob, alice, 4, { created: now + 2 * HOUR_MS, life: HOUR_MS });
    for (const { offer } of [late, early]) hand.say({ type: OfferType.offer, offer });
    await heard(alice, hand, (message) => isAnswer(message, late.id, 'failed'));
    await alice.until('the notice', () =>
      alice.events.some((e) => e.type === 'notice' && e.error.code === 'CLOCK_SKEW'),
    );
    await probe(alice, hand);
    assert.equal((await online(alice, 'bob')).presence.kind, 'online');
    assert.deepEqual((await alice.engine.snapshot()).offers, []);
  });

  it('have a file once when the link goes after it is in its place', async () => {
    const [alice, hand, bob] = await against();
    const tree = await treeOf([await engines.file('once', randomBytes(300_000))]);
    const { id, offer, keys } = await offerBy(bob, alice, tree.manifest.bytes, { name: 'once' });
    hand.say({ type: OfferType.offer, offer });
    await alice.accept(id);
    const journaled: unknown[] = [];
    const channel = hand.transfer(id);
    const breaking: MessageChannel = {
      ...channel,
      async receive() {
        const message = await channel.receive();
        if (message?.type !== MessageType.received) return message;
        journaled.push(await alice.home.read('incoming', id));
        hand.link.close();
        return null;
      },
    };
    const serving = {
      tree,
      receipt: (hash: Buffer) => receiptOf(keys.receiptKey, Buffer.from(id, 'hex'), hash),
      timeoutMs: 10_000,
    };
    await assert.rejects(serveTransfer({ ...serving, channel: breaking }));
    const [record] = journaled as { outcome?: { kind: string } }[];
    assert.equal(record?.outcome?.kind, 'saved', 'journaled before it is confirmed');
    const { receipt } = await alice.completed(id);
    await hand.leave();
    const back = await play(bob, alice);
    back.say({ type: OfferType.offer, offer });
    const answer = await heard(alice, back, (message) => isAnswer(message, id, 'received'));
    assert.ok(answer.type === OfferType.answer && answer.answer.decision === 'received');
    assert.equal(answer.answer.receipt, receipt);
    assert.deepEqual(await engines.saved(alice), ['once']);
  });

  it('accept while somebody still looks, and look from two windows at once', async () => {
    const [alice, hand, bob] = await against();
    const tree = await treeOf([await engines.file('looked at', 'looked at')]);
    const { id, offer, keys } = await offerBy(bob, alice, tree.manifest.bytes, {
      name: 'looked at',
    });
    hand.say({ type: OfferType.offer, offer });
    await alice.asked(id);
    const looks = [alice.engine.preview(id), alice.engine.preview(id)];
    const results = Promise.allSettled(looks);
    await probe(alice, hand);
    assert.equal(await Promise.race([results, delay(0, 'both look')]), 'both look');
    await alice.accept(id);
    const serve = () =>
      serveTransfer({
        channel: hand.transfer(id),
        tree,
        receipt: (hash: Buffer) => receiptOf(keys.receiptKey, Buffer.from(id, 'hex'), hash),
        timeoutMs: 5000,
      });
    for (let tries = 0; tries < 3 && alice.transfer(id)?.state.kind !== 'completed'; tries++) {
      await serve().catch(() => undefined);
    }
    await alice.completed(id);
    await results;
  });

  it('send many files at once', async () => {
    const [alice, bob] = await paired();
    const bytes = randomBytes(2_000_000);
    const names = Array.from({ length: 80 }, (_, number) => `file ${String(number)}`);
    const files = await Promise.all(names.map((name) => engines.file(name, bytes)));
    const ids = await Promise.all(files.map((file) => alice.send(file, bob)));
    await Promise.all(ids.map((id) => bob.accept(id)));
    for (const id of ids) await Promise.all([bob.completed(id), alice.completed(id)]);
    assert.equal((await engines.saved(bob)).length, names.length);
  });

  it('hear at once of a name that cannot be sent', async function () {
    if (process.platform === 'win32') this.skip();
    const [alice] = await paired();
    const file = await engines.file('back\\slash', 'x');
    await assert.rejects(alice.send(file, 'bob'), { code: 'NAME_REFUSED' });
    assert.deepEqual((await alice.engine.snapshot()).transfers, []);
  });

  it('leave nothing behind when what a crash interrupted is cancelled', async () => {
    const [alice, bob] = await paired();
    const { kid } = await online(alice, 'bob');
    await Promise.all([engines.stop(alice), engines.stop(bob)]);
    const directory = alice.config.saveDirectory;
    await mkdir(directory, { recursive: true });
    const staging = path.join(directory, partialName());
    await mkdir(staging);
    await writeFile(path.join(staging, 'journal'), 'half of it');
    const transferId = randomBytes(16).toString('hex');
    const now = Date.now();
    await alice.home.write('incoming', transferId, {
      version: 2,
      place: { atsUrl: hub.url, actorId: 'alice' },
      transferId,
      agent: { kid, name: 'bob', fingerprint: '' },
      peerId: 'bob',
      channel: 'p2p-transfer',
      startedAt: new Date(now).toISOString(),
      expiresAt: new Date(now + HOUR_MS).toISOString(),
      fileName: 'half',
      safeName: 'half',
      fileSize: 20,
      entries: 1,
      directory,
      staging,
    });
    const again = await engines.start('alice', { home: alice.home });
    await again.state(transferId, 'interrupted');
    await again.engine.cancel(transferId);
    await again.failed(transferId, 'CANCELLED');
    assert.deepEqual(await readdir(directory), []);
  });

  it('have received a file also when the memory of answers cannot be written', async () => {
    const home = fullHome();
    const bob = await engines.start('bob', { home });
    const alice = await engines.start('alice');
    await pairUp(alice, bob);
    home.full = true;
    const id = await alice.send(await engines.file('full', 'full'), bob);
    await bob.accept(id);
    await Promise.all([bob.completed(id), alice.completed(id)]);
    // By a rule, where no caller hears of it: whoever leaves a rejection unheard ends the process.
    await bob.engine.configure({ ...bob.config, maxFileSize: 1 });
    const large = await alice.send(await engines.file('large', 'large'), bob);
    await alice.failed(large, 'DECLINED');
  });

  it('close every question of an agent that is removed while it asks', async () => {
    const [alice, hand, bob] = await against();
    const { kid } = await online(alice, 'bob');
    const sent = await alice.send(await engines.file('sent', 'sent'), 'bob');
    await alice.until('the task', () => alice.transfer(sent)?.taskId);
    await hub.stop();
    try {
      // What is cancelled cannot be written into its task just now, so this takes a while.
      const removed = alice.engine.removeAgent(kid);
      await heard(alice, hand, (message) => message.type === OfferType.withdraw);
      const more = await Promise.all(Array.from({ length: 20 }, () => offerBy(bob, alice, 4)));
      for (const { offer } of more) hand.say({ type: OfferType.offer, offer });
      await removed;
      await hand.link.closed;
      const { offers } = await alice.engine.snapshot();
      assert.deepEqual(
        offers.filter(({ trust }) => trust === 'verified'),
        [],
      );
    } finally {
      await hub.start();
    }
  });

  it('see no signs in a reason that change how it reads', async () => {
    const [alice, hand] = await against();
    const id = await alice.send(await engines.file('signs', 'signs'), 'bob');
    await alice.state(id, 'waiting');
    const reason = 'no\u202E thanks\n\u0007';
    hand.say({ type: OfferType.answer, answer: { id, decision: 'declined', reason } });
    await alice.failed(id, 'DECLINED', /^[\x20-\x7e]+$/);
  });
});

/** A home whose disk is full for the memory of answers once it is told so. */
function fullHome(): Home & { full: boolean } {
  const home = memoryHome();
  const full: Home & { full: boolean } = {
    ...home,
    full: false,
    write: (collection, id, record) =>
      full.full && id === 'answered-offers'
        ? Promise.reject(new Error('no space left'))
        : home.write(collection, id, record),
  };
  return full;
}
