import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mock } from 'node:test';
import { identityFromSeed, newIdentity, type Identity } from '../../../src/core/identity/identity';
import { OwnProcess, proveLink, type LinkPeerKeys } from '../../../src/core/identity/linkProof';
import { memoryPipePair, type MemoryPipe, type MemoryPipeOptions } from '../../support/memoryPipe';
import * as hand from './byHand';

const signal = new AbortController().signal;

function peerOf(own: Identity, peer: Identity): LinkPeerKeys {
  return { kid: peer.kid, publicKey: peer.publicKey, keys: own.pairKeys(peer.publicKey) };
}

const prove = (
  pipe: MemoryPipe,
  identity: Identity,
  ...peers: readonly Identity[]
): Promise<LinkPeerKeys> => {
  const known = peers.map((peer) => peerOf(identity, peer));
  return proveLink(pipe, { identity, candidates: () => known, signal });
};

/** The code each side ended with, the peer's key id when it did not fail. */
async function ends(...all: readonly Promise<LinkPeerKeys>[]): Promise<string[]> {
  const settled = await Promise.allSettled(all);
  return settled.map((one) => {
    if (one.status === 'fulfilled') return one.value.kid;
    const thrown: unknown = one.reason;
    return thrown instanceof OwnProcess ? 'OWN' : String((thrown as { code?: unknown }).code);
  });
}

const handProof = (linkKey: Buffer, side: string, role: string, hh: Buffer): Buffer =>
  hand.MAC(linkKey, 'beeline/link-proof/1', side, role, hh);

describe('a link', () => {
  it('is proven between two agents that know each other, among many others', async () => {
    for (let round = 0; round < 6; round++) {
      const [ann, ben] = [newIdentity(), newIdentity()];
      const others = Array.from({ length: 5 }, newIdentity);
      const [first, second] = memoryPipePair();
      const known = [...others.slice(0, round), ann, ...others.slice(round)];
      const proven = await ends(prove(first, ann, ben), prove(second, ben, ...known));
      assert.deepEqual(proven, [ben.kid, ann.kid]);
      assert.equal(first.state, 'open', 'what follows is spoken over the same connection');
      assert.equal(second.state, 'open');
    }
  });

  it('says the bytes that keys.md prescribes, and nothing else', async () => {
    for (let round = 0; round < 6; round++) {
      const [a, b] = [randomBytes(32), randomBytes(32)];
      const [ann, ben] = [identityFromSeed(a), identityFromSeed(b)];
      const [handAnn, handBen] = [new hand.HandIdentity(a), new hand.HandIdentity(b)];
      const [first, second] = memoryPipePair();
      await Promise.all([prove(first, ann, ben), prove(second, ben, ann)]);
      const hh = first.handshakeHash;
      const linkKey = handAnn.linkKey(handBen.publicKey);
      const all = [
        { pipe: first, role: 'i', own: handAnn, peer: handBen },
        { pipe: second, role: 'r', own: handBen, peer: handAnn },
      ];
      for (const { pipe, role, own, peer } of all) {
        const side = own.side(peer.publicKey);
        assert.equal(pipe.sent.length, 2);
        assert.deepEqual(pipe.sent[0], handProof(linkKey, side, role, hh));
        const parts = [side, role, hh, own.kid, peer.kid];
        assert.deepEqual(pipe.sent[1], own.sign('beeline/link-id/1', ...parts));
      }
    }
  });

  it('is refused to strangers and to those who are not candidates, who hear nothing', async () => {
    const [ann, ben, eve] = [newIdentity(), newIdentity(), newIdentity()];
    const [first, second] = memoryPipePair();
    const refused = await ends(prove(first, eve, ben), prove(second, ben, ann));
    assert.deepEqual(refused, ['PEER_LOST', 'PROOF_REFUSED']);
    assert.deepEqual(second.sent, []);
    const [third, fourth] = memoryPipePair();
    assert.deepEqual(await ends(prove(third, eve, ben), prove(fourth, ben)), refused);
  });

  it('closes a connection to another process of this home, which both learn', async () => {
    const [ann, ben, cleo] = [newIdentity(), newIdentity(), newIdentity()];
    const [first, second] = memoryPipePair();
    const same = await ends(prove(first, ann, ben), prove(second, ann, cleo, ben));
    assert.deepEqual(same, ['OWN', 'OWN']);
    assert.notEqual(first.state, 'open');
    assert.notEqual(second.state, 'open');
  });

  it('refuses what was said on another connection, and its own words', async () => {
    const [ann, ben] = [newIdentity(), newIdentity()];
    // Replayed: a proof that was good for another handshake.
    const [first, second] = memoryPipePair();
    await Promise.all([prove(first, ann, ben), prove(second, ben, ann)]);
    const [replayer, victim] = memoryPipePair();
    for (const message of first.sent) replayer.send(message);
    assert.deepEqual(await ends(prove(victim, ben, ann)), ['PROOF_REFUSED']);
    const [target, answering] = memoryPipePair();
    for (const message of second.sent) answering.send(message);
    assert.deepEqual(await ends(prove(target, ann, ben)), ['PROOF_REFUSED']);
    // Passed on: a man in the middle with a handshake to each.
    const [caller, toCaller] = memoryPipePair();
    const [toCallee, callee] = memoryPipePair();
    const both = ends(prove(caller, ann, ben), prove(callee, ben, ann));
    toCallee.send((await toCaller.receive(32)) ?? Buffer.alloc(0));
    await toCallee.receive(32);
    toCaller.destroy();
    assert.deepEqual(await both, ['PEER_LOST', 'PROOF_REFUSED']);
    // Thrown back: an initiator's proof is none of a responder's.
    const [echoed, echo] = memoryPipePair();
    const thrownBack = ends(prove(echoed, ann, ben));
    echo.send((await echo.receive(32)) ?? Buffer.alloc(0));
    assert.deepEqual(await thrownBack, ['PROOF_REFUSED']);
  });

  it('takes an initiator’s proof only from an initiator, and a responder’s from a responder', async () => {
    const seed = randomBytes(32);
    const [ann, ben] = [new hand.HandIdentity(seed), newIdentity()];
    const key = ann.linkKey(ben.publicKey);
    for (const role of ['i', 'r'] as const) {
      const [first, second] = memoryPipePair();
      const [pipe, victim] = role === 'i' ? [second, first] : [first, second];
      const running = ends(prove(victim, ben, identityFromSeed(seed)));
      pipe.send(handProof(key, ann.side(ben.publicKey), role, pipe.handshakeHash));
      assert.deepEqual(await running, ['PROOF_REFUSED']);
    }
  });

  it('is no link to another when somebody has stolen our own seed', async () => {
    const seed = randomBytes(32);
    const ben = identityFromSeed(seed);
    const thief = new hand.HandIdentity(seed);
    const ann = newIdentity();
    const linkKey = thief.linkKey(ann.publicKey);
    const benSide = thief.side(ann.publicKey);
    const annSide = benSide === 'low' ? 'high' : 'low';
    const annKid = Buffer.from(ann.kid, 'hex');
    for (const role of ['i', 'r'] as const) {
      const [first, second] = memoryPipePair();
      const [pipe, victim] = role === 'i' ? [first, second] : [second, first];
      const running = ends(prove(victim, ben, ann));
      const hh = pipe.handshakeHash;
      // With our seed the thief computes the link key, and so the MAC of any of our agents.
      pipe.send(handProof(linkKey, annSide, role, hh));
      pipe.send(thief.sign('beeline/link-id/1', annSide, role, hh, annKid, thief.kid));
      assert.deepEqual(await running, ['PROOF_REFUSED']);
    }
    // And as us it is only another process of ours.
    const [pipe, victim] = memoryPipePair();
    const running = ends(prove(victim, ben, ann));
    pipe.send(handProof(linkKey, benSide, 'i', pipe.handshakeHash));
    assert.deepEqual(await running, ['OWN']);
  });

  it('holds the initiator to whom it looked for', async () => {
    const [ann, ben, eve] = [newIdentity(), newIdentity(), newIdentity()];
    const [first, second] = memoryPipePair();
    // Eve is Ann's agent too, but Ann looks for Ben here.
    const both = await ends(prove(first, ann, ben), prove(second, eve, ann));
    assert.deepEqual(both, ['PEER_LOST', 'PROOF_REFUSED']);
    const [third] = memoryPipePair();
    assert.deepEqual(await ends(prove(third, ann, ben, eve)), ['INTERNAL']);
    assert.deepEqual(third.sent, []);
    const [fourth] = memoryPipePair();
    assert.deepEqual(await ends(prove(fourth, ann)), ['AGENT_UNKNOWN']);
  });

  it('refuses every flipped bit, in each of the four messages', async () => {
    const [ann, ben] = [newIdentity(), newIdentity()];
    const flip = (at: number, bit: number) => (message: Buffer, count: number) => {
      if (count !== at) return message;
      const copy = Buffer.from(message);
      copy[bit >>> 3] = (copy[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      return copy;
    };
    for (const way of ['there', 'back'] as const) {
      for (const [at, bits] of [256, 512].entries()) {
        for (let bit = 0; bit < bits; bit++) {
          const [first, second] = memoryPipePair({ [way]: flip(at, bit) });
          const running = [prove(first, ann, ben), prove(second, ben, ann)] as const;
          const deceived = way === 'there' ? running[1] : running[0];
          const other = way === 'there' ? running[0] : running[1];
          assert.deepEqual(await ends(deceived), ['PROOF_REFUSED'], `${way} ${at} ${bit}`);
          await other.catch(() => undefined);
        }
      }
    }
  });

  it('takes messages of exactly 32 and 64 bytes', async () => {
    const [a, b] = [randomBytes(32), randomBytes(32)];
    const [ann, ben] = [new hand.HandIdentity(a), identityFromSeed(b)];
    const peer = identityFromSeed(a);
    for (const size of [0, 1, 31, 33, 64, 100_000]) {
      const [pipe, victim] = memoryPipePair();
      pipe.send(Buffer.alloc(size));
      assert.deepEqual(await ends(prove(victim, ben, peer)), ['PROTOCOL']);
      assert.equal(victim.state, 'destroyed');
    }
    for (const size of [0, 63, 65, 100_000]) {
      const [pipe, victim] = memoryPipePair();
      const [key, hh] = [ann.linkKey(ben.publicKey), pipe.handshakeHash];
      pipe.send(handProof(key, ann.side(ben.publicKey), 'i', hh));
      pipe.send(Buffer.alloc(size));
      assert.deepEqual(await ends(prove(victim, ben, peer)), ['PROTOCOL']);
    }
  });

  it('gives silence five seconds, and ends with the signal', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const [ann, ben] = [newIdentity(), newIdentity()];
      for (const side of [0, 1] as const) {
        const pipe = memoryPipePair()[side];
        const running = ends(prove(pipe, ben, ann));
        await turns();
        mock.timers.tick(4_999);
        await turns();
        assert.equal(pipe.state, 'open');
        mock.timers.tick(1);
        assert.deepEqual(await running, ['PEER_SILENT']);
        assert.equal(pipe.state, 'destroyed');
      }
      const stopping = new AbortController();
      const [, pipe] = memoryPipePair();
      const running = proveLink(pipe, {
        identity: ben,
        candidates: () => [],
        signal: stopping.signal,
      });
      stopping.abort(Object.assign(new Error('stopped'), { code: 'STOPPED' }));
      assert.deepEqual(await ends(running), ['STOPPED']);
    } finally {
      mock.timers.reset();
    }
  });

  it('does not come about with somebody who was blocked while it was proven', async () => {
    const [ann, ben] = [newIdentity(), newIdentity()];
    let known = [peerOf(ben, ann)];
    const block: MemoryPipeOptions['there'] = (message, count) => {
      if (count === 1) known = [];
      return message;
    };
    const [first, second] = memoryPipePair({ there: block });
    const blocked = proveLink(second, { identity: ben, candidates: () => known, signal });
    assert.deepEqual(await ends(prove(first, ann, ben), blocked), [ben.kid, 'AGENT_UNKNOWN']);
    assert.equal(second.state, 'destroyed');
  });

  it('finds one among 1,024, the last as surely as the first', async () => {
    const [ann, ben] = [newIdentity(), newIdentity()];
    const keys = ben.pairKeys(newIdentity().publicKey);
    const others = Array.from({ length: 1023 }, (_, at) => ({
      kid: String(at),
      publicKey: ann.publicKey,
      keys: { ...keys, linkKey: randomBytes(32) },
    }));
    for (const known of [
      [peerOf(ben, ann), ...others],
      [...others, peerOf(ben, ann)],
    ]) {
      const [first, second] = memoryPipePair();
      const responder = proveLink(second, { identity: ben, candidates: () => known, signal });
      assert.deepEqual(await ends(prove(first, ann, ben), responder), [ben.kid, ann.kid]);
    }
  });
});

/** Lets everything that is ready happen. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
