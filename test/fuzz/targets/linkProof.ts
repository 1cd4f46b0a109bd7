import { OwnProcess, proveLink } from '../../../src/core/identity/linkProof';
import type { Identity } from '../../../src/core/identity/identity';
import { mac } from '../../../src/core/identity/primitives';
import { memoryPipePair } from '../../support/memoryPipe';
import { demand, eventuallyOr } from '../properties';
import type { FuzzTarget } from '../target';
import { letItHappen, script, Sent, stepsOf, type Step } from './hostilePeer';
import { identities, sharedWith } from './people';

const { alice, bob, carol, mallory } = identities;
const handshakeHash = Buffer.alloc(64, 0x44);

/** The hostile peer is bob, who has his keys, and also what a stolen seed of ours would give. */
const Act = {
  raw: 0,
  proof: 1,
  proofOfCarol: 2,
  ownProof: 3,
  signature: 4,
  signatureOfMallory: 5,
  signatureInOtherRole: 6,
  wait: 7,
} as const;
const ACTS = Object.keys(Act).length;

/** Our role, then the steps of a peer. No link without its MAC and its signature, in this order. */
export const target: FuzzTarget = {
  covers: ['src/core/identity/linkProof.ts', 'src/core/identity/receiveExactly.ts'],
  kind: 'bytes',
  head: 1,
  dictionary: [script([Act.proof], [Act.signature]).toString('latin1')],
  seeds: () => [
    Buffer.concat([Buffer.from([0]), script([Act.proof], [Act.signature])]),
    Buffer.concat([Buffer.from([1]), script([Act.proof], [Act.wait], [Act.signature])]),
  ],
  async fuzz(input) {
    const weBegin = (input[0] ?? 0) % 2 === 0;
    const [initiator, responder] = memoryPipePair({ handshakeHash });
    const [ours, theirs] = weBegin ? [initiator, responder] : [responder, initiator];
    const sent = new Sent(theirs);
    const candidates = (weBegin ? [bob] : [carol, bob]).map((peer) => sharedWith(alice, peer));
    const proving = proveLink(ours, {
      identity: alice,
      candidates: () => candidates,
      signal: new AbortController().signal,
    }).catch((thrown: unknown) => {
      if (!(thrown instanceof OwnProcess)) throw thrown;
      demand(sent.begins('own'), 'somebody passes for another process of ours');
      return undefined;
    });
    const outcome = eventuallyOr(['PROOF_REFUSED', 'PROTOCOL', 'PEER_LOST'], proving);
    for (const step of stepsOf(input.subarray(1))) {
      if (step.act % ACTS === Act.wait) await letItHappen();
      else say(sent, step, weBegin);
    }
    await theirs.end();
    const peer = (await outcome)?.value;
    const isKnown = sent.begins('proof') || sent.begins('carol') || sent.begins('own');
    const spoken = ours.sent.length;
    if (!weBegin && !isKnown) demand(spoken === 0, 'something is said to somebody without a proof');
    if (weBegin && !sent.begins('proof'))
      demand(spoken <= 1, 'we sign for somebody without a proof');
    if (peer === undefined) {
      demand(ours.state !== 'open', 'a connection that stays open');
      return false;
    }
    demand(sent.begins('proof', 'signature'), 'a link with somebody who proved nothing');
    demand(peer.kid === bob.kid, 'a link with somebody else');
    return true;
  },
};

function say(sent: Sent, { act, bytes }: Step, weBegin: boolean): void {
  const role = weBegin ? 'r' : 'i';
  switch (act % ACTS) {
    case Act.proof:
      sent.send('proof', proof(bob, 'theirs', role));
      return;
    case Act.proofOfCarol:
      sent.send('carol', proof(carol, 'theirs', role));
      return;
    case Act.ownProof:
      sent.send('own', proof(bob, 'ours', role));
      return;
    case Act.signature:
      sent.send('signature', signature(bob, role));
      return;
    case Act.signatureOfMallory:
      sent.send('raw', signature(mallory, role));
      return;
    case Act.signatureInOtherRole:
      sent.send('raw', signature(bob, role === 'i' ? 'r' : 'i'));
      return;
    default:
      sent.send('raw', bytes);
  }
}

function proof(peer: Identity, whose: 'ours' | 'theirs', role: 'i' | 'r'): Buffer {
  const own = alice.pairKeys(peer.publicKey);
  const other = own.side === 'low' ? 'high' : 'low';
  const side = whose === 'ours' ? own.side : other;
  return mac(own.linkKey, 'beeline/link-proof/1', side, role, handshakeHash);
}

function signature(signer: Identity, role: 'i' | 'r'): Buffer {
  return signer.sign(
    'beeline/link-id/1',
    Buffer.from(bob.pairKeys(alice.publicKey).side),
    Buffer.from(role),
    handshakeHash,
    Buffer.from(signer.kid, 'hex'),
    Buffer.from(alice.kid, 'hex'),
  );
}
