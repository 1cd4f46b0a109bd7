import { errors } from '../errors';
import { fingerprintOf } from './fingerprint';
import { SIGNATURE_BYTES, verify, type Identity } from './identity';
import type { MessagePipe } from './messagePipe';
import type { PairKeys } from './pairKeys';
import { equalBytes, KEY_BYTES, mac } from './primitives';
import { receiveExactly } from './receiveExactly';
import { withinTime } from './withinTime';

/** One whom a link may lead to. Blocked agents are not among the candidates. */
export interface LinkPeerKeys {
  readonly kid: string;
  readonly publicKey: Buffer;
  readonly keys: PairKeys;
}

export interface LinkProofOptions {
  readonly identity: Identity;
  /** Asked again when the proof is over, because somebody may have been blocked meanwhile. */
  readonly candidates: () => readonly LinkPeerKeys[];
  readonly signal: AbortSignal;
}

/** Milliseconds for the whole proof: four messages of at most 64 bytes. */
export const LINK_PROOF_MS = 5000;
/** As many as a book has; each costs the responder two MACs for every stranger that connects. */
export const MAX_CANDIDATES = 1024;

/**
 * The other side is another process of this very home: no attack and nothing to ban, but no link.
 * Said by whoever proved our own side of a pair.
 */
export class OwnProcess extends Error {
  override readonly name = 'OwnProcess';

  constructor() {
    super('The other side of this connection is another process of this home.');
  }
}

/**
 * Both sides of a fresh connection prove who they are before anything else is read.
 *
 * Initiator, then responder: MAC(link key, "beeline/link-proof/1", sender's side, "i" or "r", hh),
 * 32 bytes. Then each: sign("beeline/link-id/1", sender's side, "i" or "r", hh, own kid, peer kid),
 * 64 bytes; the MAC alone could be made by whoever stole *our* seed, for any of our agents. Sides
 * and roles go in as ASCII, key ids as their 32 bytes. The pipe is closed when this throws.
 *
 * The initiator knows whom it looked for: its one candidate. The responder tries all of its own.
 * @throws OwnProcess, or PROOF_REFUSED, PROTOCOL, PEER_SILENT, PEER_LOST, AGENT_UNKNOWN, or what the
 *   signal was aborted with
 */
export async function proveLink(
  pipe: MessagePipe,
  { identity, candidates, signal }: LinkProofOptions,
): Promise<LinkPeerKeys> {
  try {
    const peer = await withinTime(LINK_PROOF_MS, signal, async (within) => {
      const exchange = new Exchange(pipe, identity, within);
      return pipe.isInitiator
        ? exchange.initiate(candidates())
        : exchange.respond(() => candidates());
    });
    if (!candidates().some(({ kid }) => kid === peer.kid)) throw unknownNow(peer);
    return peer;
  } catch (thrown) {
    pipe.destroy();
    throw thrown;
  }
}

type Role = 'i' | 'r';

class Exchange {
  constructor(
    private readonly pipe: MessagePipe,
    private readonly identity: Identity,
    private readonly signal: AbortSignal,
  ) {}

  async initiate(candidates: readonly LinkPeerKeys[]): Promise<LinkPeerKeys> {
    const [peer, ...others] = candidates;
    if (peer === undefined) throw errors.agentUnknown('The agent that was looked for');
    if (others.length > 0) throw errors.internal('a link was begun to more than one agent');
    this.pipe.send(this.proof(peer.keys, peer.keys.side, 'i'));
    const theirs = await this.receive(KEY_BYTES);
    if (equalBytes(theirs, this.proof(peer.keys, peer.keys.side, 'r'))) throw new OwnProcess();
    if (!equalBytes(theirs, this.proof(peer.keys, otherSide(peer.keys), 'r'))) {
      throw errors.proofRefused(nameOf(peer));
    }
    this.pipe.send(this.signature(peer, 'i'));
    await this.checkSignature(peer, 'r');
    return peer;
  }

  async respond(candidates: () => readonly LinkPeerKeys[]): Promise<LinkPeerKeys> {
    const theirs = await this.receive(KEY_BYTES);
    const { peer, own } = this.search(theirs, candidates());
    if (own !== undefined) {
      // The usual answer, so that the other process learns why it is left alone.
      this.pipe.send(this.proof(own.keys, own.keys.side, 'r'));
      await this.pipe.end();
      throw new OwnProcess();
    }
    if (peer === undefined) throw errors.proofRefused('one of your agents');
    this.pipe.send(this.proof(peer.keys, peer.keys.side, 'r'));
    this.pipe.send(this.signature(peer, 'r'));
    await this.checkSignature(peer, 'i');
    return peer;
  }

  /** Tries all, also after a match: how long it takes says nothing about who is in the book. */
  private search(
    theirs: Buffer,
    candidates: readonly LinkPeerKeys[],
  ): { peer: LinkPeerKeys | undefined; own: LinkPeerKeys | undefined } {
    let peer: LinkPeerKeys | undefined;
    let own: LinkPeerKeys | undefined;
    for (const candidate of candidates.slice(0, MAX_CANDIDATES)) {
      const { keys } = candidate;
      if (equalBytes(theirs, this.proof(keys, otherSide(keys), 'i'))) peer = candidate;
      if (equalBytes(theirs, this.proof(keys, keys.side, 'i'))) own = candidate;
    }
    return { peer, own };
  }

  private proof(keys: PairKeys, side: PairKeys['side'], role: Role): Buffer {
    return mac(keys.linkKey, 'beeline/link-proof/1', side, role, this.pipe.handshakeHash);
  }

  private signature(peer: LinkPeerKeys, role: Role): Buffer {
    const parts = this.signedParts(peer.keys.side, role, this.identity.kid, peer.kid);
    return this.identity.sign(ID_LABEL, ...parts);
  }

  private async checkSignature(peer: LinkPeerKeys, role: Role): Promise<void> {
    const signature = await this.receive(SIGNATURE_BYTES);
    const parts = this.signedParts(otherSide(peer.keys), role, peer.kid, this.identity.kid);
    if (!verify(peer.publicKey, signature, ID_LABEL, ...parts)) {
      throw errors.proofRefused(nameOf(peer));
    }
  }

  private signedParts(side: PairKeys['side'], role: Role, own: string, peer: string): Buffer[] {
    return [
      Buffer.from(side),
      Buffer.from(role),
      this.pipe.handshakeHash,
      Buffer.from(own, 'hex'),
      Buffer.from(peer, 'hex'),
    ];
  }

  private receive(bytes: number): Promise<Buffer> {
    return receiveExactly(this.pipe, bytes, this.signal);
  }
}

const ID_LABEL = 'beeline/link-id/1';

function otherSide({ side }: PairKeys): PairKeys['side'] {
  return side === 'low' ? 'high' : 'low';
}

function nameOf({ kid }: LinkPeerKeys): string {
  return `the agent with the fingerprint ${fingerprintOf(kid)}`;
}

function unknownNow(peer: LinkPeerKeys): Error {
  return errors.agentUnknown(nameOf(peer));
}
