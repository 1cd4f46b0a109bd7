import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import type { NewTask } from '../../../../src/core/ats/types';
import { openBook } from '../../../../src/core/identity/book';
import { newIdentity, type Identity } from '../../../../src/core/identity/identity';
import { openIdentity } from '../../../../src/core/identity/identityFile';
import { signOffer } from '../../../../src/core/identity/signedBytes';
import { lookAtTransfer } from '../../../../src/core/transfer/lookAtTransfer';
import { OfferType } from '../../../../src/core/wire/v2Offer';
import { playAgent, type HandAgent } from '../../../support/handAgent';
import { online, pairUp, presence } from '../../../support/pairUp';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

const DAY_MS = 24 * 60 * 60 * 1000;

/** If this fails, the task service, or an agent that one has paired with, can do what it should not. */
describe('a hostile task service', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const paired = async (): Promise<[Agent, Agent]> => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    return [alice, bob];
  };

  it('cannot complete or cancel what only the link decides', async () => {
    const [alice, bob] = await paired();
    for (const forge of ['completed', 'cancelled'] as const) {
      const id = await alice.send(await engines.file('real', randomBytes(200_000)), bob);
      await bob.asked(id);
      const taskId = await alice.until('the task', () => alice.transfer(id)?.taskId);
      // The service can do whatever it likes with its own records.
      const service = engines.client('bob');
      if (forge === 'cancelled') await engines.client('alice').cancel(taskId);
      else {
        await service.claim(taskId, 60_000);
        await service.complete(taskId, [{ transfer_id: id, receipt: '0'.repeat(64) }]);
      }
      await bob.taskById(taskId, forge);
      assert.equal(alice.transfer(id)?.state.kind, 'waiting', `${forge} changes nothing`);
      assert.deepEqual(bob.closings(id), [], 'and closes no question');
      await bob.accept(id);
      const [sent, received] = await Promise.all([alice.completed(id), bob.completed(id)]);
      assert.equal(sent.receipt, received.receipt);
      assert.notEqual(sent.receipt, '0'.repeat(64));
    }
  });

  it('cannot make an offer count twice', async () => {
    const [alice, bob] = await paired();
    for (const answer of ['accept', 'decline'] as const) {
      const id = await alice.send(await engines.file(answer, answer), bob);
      await bob.asked(id);
      await bob.engine.answer(id, { kind: answer });
      await alice.ended(id);
      // A replay that comes before the transfer's own task is written is taken for that task.
      await alice.task(id, answer === 'accept' ? 'completed' : 'rejected');
      const taskId = await alice.until('the task', () => alice.transfer(id)?.taskId);
      const { payload } = await alice.client.getTask(taskId);
      const asked = bob.events.filter(({ type }) => type === 'offer').length;
      const again = await engines.client('alice').createTask(task(payload));
      // The replay is answered in its own task, so it was seen; it was not asked.
      await bob.taskById(again.id, answer === 'accept' ? 'completed' : 'rejected');
      assert.equal(bob.events.filter(({ type }) => type === 'offer').length, asked);
    }
  });

  it('cannot alter what is signed, nor put its own id or key in the place of it', async () => {
    const [alice, bob] = await paired();
    const us = await openIdentity(alice.home);
    const bobsEntry = await online(alice, 'bob');
    const forged = async (change: (payload: Record<string, unknown>) => void): Promise<void> => {
      const payload = { ...offerPayload(us, await keyOf(bob), bobsEntry.kid) };
      change(payload);
      await engines.client('alice').createTask(task(payload));
    };
    const flip = (text: string, at: number): string =>
      text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
    // Each is told once, as what it may be, and asked never.
    await forged((payload) => (payload['signed'] = flip(String(payload['signed']), 60)));
    await notice(bob, 'SIGNATURE_INVALID', 1);
    await forged((payload) => (payload['signature'] = flip(String(payload['signature']), 20)));
    await notice(bob, 'SIGNATURE_INVALID', 2);
    await forged((payload) => (payload['transfer_id'] = randomBytes(16).toString('hex')));
    await notice(bob, 'SIGNATURE_INVALID', 3);
    // Somebody else's identity under a known actor id.
    const stranger = newIdentity();
    await engines
      .client('alice')
      .createTask(task(offerPayload(stranger, await keyOf(bob), bobsEntry.kid)));
    await notice(bob, 'IDENTITY_CHANGED', 1);
    // Too old or from another time.
    const late = Date.now() - 2 * DAY_MS;
    await engines
      .client('alice')
      .createTask(task(offerPayload(us, await keyOf(bob), bobsEntry.kid, late + 4 * DAY_MS)));
    await notice(bob, 'CLOCK_SKEW', 1);
    assert.equal(bob.events.filter(({ type }) => type === 'offer').length, 0);
  });

  it('cannot pass a version 1 offer off as a paired agent, nor make us send in the open', async () => {
    const [alice, bob] = await paired();
    const payload = {
      transfer_id: randomBytes(16).toString('hex'),
      sender_id: 'alice',
      recipient_id: 'bob',
      file_name: 'innocent.txt',
      file_size: 3,
      file_hash: createHash('sha256').update('abc').digest('hex'),
    };
    await engines.client('alice').createTask(task(payload));
    const offer = await bob.asked(payload.transfer_id);
    assert.deepEqual([offer.trust, offer.allowed, offer.agent?.name], ['claims', false, 'alice']);
    await engines.stop(alice);
    await presence(bob, 'alice', 'offline');
    const id = await bob.send(await engines.file('private', 'private'), 'alice');
    const taskId = await bob.until('the task', () => bob.transfer(id)?.taskId);
    const posted = await bob.client.getTask(taskId);
    assert.equal(posted.payload['protocol'], 2, 'it waits for the link, and never falls back');
    assert.doesNotMatch(JSON.stringify(posted), /private/);
  });
});

describe('a paired agent that turns hostile', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const played: HandAgent[] = [];
  afterEach(async () => {
    await Promise.all(played.splice(0).map((hand) => hand.leave()));
  });

  /** Alice's engine, and bob played by hand. */
  const against = async (): Promise<[Agent, HandAgent, Agent]> => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    await engines.stop(bob);
    await presence(alice, 'bob', 'offline');
    const hand = await playAgent(bob, alice, await engines.swarm());
    played.push(hand);
    await online(alice, 'bob');
    return [alice, hand, bob];
  };

  it('cannot fetch what was offered to somebody else, nor learn that it is there', async () => {
    const [alice, hand] = await against();
    const carol = await engines.start('carol');
    await pairUp(alice, carol);
    const id = await alice.send(await engines.file('for carol', 'hers'), carol);
    await carol.asked(id);
    const errorsOf = async (transferId: string): Promise<unknown> => {
      const channel = hand.transfer(transferId);
      const signal = AbortSignal.timeout(10_000);
      return lookAtTransfer({ channel, signal, timeoutMs: 10_000 }).catch((thrown: unknown) => ({
        ...(thrown as { toData(): object }).toData(),
      }));
    };
    const [foreign, unknown] = [
      await errorsOf(id),
      await errorsOf(randomBytes(16).toString('hex')),
    ];
    assert.deepEqual(foreign, unknown, 'foreign and unknown are the same');
    assert.equal((foreign as { code?: string }).code, 'OFFER_UNKNOWN');
    await carol.accept(id);
    await carol.completed(id);
  });

  it('cannot claim to have received something else, or anything at all', async () => {
    const [alice, hand] = await against();
    const id = await alice.send(await engines.file('mine', 'mine'), 'bob');
    await alice.state(id, 'waiting');
    const receipt = randomBytes(32).toString('hex');
    hand.say({ type: OfferType.answer, answer: { id, decision: 'received', receipt } });
    await alice.failed(id, 'RECEIPT_MISMATCH');
  });

  it('cannot answer, withdraw or offer in the name of others', async () => {
    const [alice, hand, bob] = await against();
    const carol = await engines.start('carol');
    await pairUp(alice, carol);
    const toCarol = await alice.send(await engines.file('to carol', 'c'), carol);
    const fromCarol = await carol.send(await engines.file('from carol', 'c'), alice);
    await Promise.all([carol.asked(toCarol), alice.asked(fromCarol)]);
    hand.say({ type: OfferType.answer, answer: { id: toCarol, decision: 'declined' } });
    hand.say({ type: OfferType.withdraw, ids: [fromCarol] });
    // What is asked afterwards was heard after those two.
    const probe = randomBytes(16).toString('hex');
    hand.say({ type: OfferType.open, ids: [probe] });
    await alice.until('the probe', () =>
      hand.heard.some((message) => message.type === OfferType.withdraw && message.ids[0] === probe),
    );
    assert.equal(alice.transfer(toCarol)?.state.kind, 'waiting');
    assert.deepEqual(alice.closings(fromCarol), []);
    // Carol's own signed words, said by bob: he breaks the protocol, and his link ends.
    const carols = await openIdentity(carol.home);
    const [aliceKid] = (await openBook(bob.home)).list().map(({ kid }) => kid);
    assert.ok(aliceKid !== undefined);
    const { signed, signature } = offerPayload(carols, await keyOf(alice), aliceKid);
    hand.say({ type: OfferType.offer, offer: { signed, signature } });
    await presence(alice, 'bob', 'offline');
  });

  it('cannot come back once it is blocked', async () => {
    const [alice, hand] = await against();
    const { kid } = await online(alice, 'bob');
    await alice.engine.changeAgent(kid, { blocked: true });
    await hand.link.closed;
    await presence(alice, 'bob', 'offline');
    assert.equal((await alice.engine.snapshot()).agents[0]?.blocked, true);
  });
});

async function keyOf(agent: Agent): Promise<Buffer> {
  return (await openIdentity(agent.home)).publicKey;
}

interface PairedPayload extends Record<string, unknown> {
  readonly signed: string;
  readonly signature: string;
}

/** What a task of an offer from `alice` to `bob` carries, signed by whomever. */
function offerPayload(
  identity: Identity,
  recipientKey: Buffer,
  recipientKid: string,
  now = Date.now(),
): PairedPayload {
  const id = randomBytes(16).toString('hex');
  const signed = signOffer({
    identity,
    keys: identity.pairKeys(recipientKey),
    recipientKid,
    id,
    createdAt: new Date(now).toISOString(),
    expiresAt: new Date(now + DAY_MS).toISOString(),
    kind: 'file',
    entries: 1,
    size: 4,
    details: { name: 'forged' },
  });
  return {
    transfer_id: id,
    sender_id: 'alice',
    recipient_id: 'bob',
    file_size: 4,
    kind: 'file',
    entries: 1,
    protocol: 2,
    ...signed,
  };
}

function task(payload: Readonly<Record<string, unknown>>): NewTask {
  return { title: 'An offer', type: 'file_offer', channel: 'p2p-transfer', payload };
}

async function notice(agent: Agent, code: string, count: number): Promise<void> {
  await agent.until(`${String(count)} notices of ${code}`, () => {
    const told = agent.events.filter((event) => event.type === 'notice');
    return told.filter(({ error }) => error.code === code).length >= count;
  });
}
