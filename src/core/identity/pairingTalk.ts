import { errors } from '../errors';
import { decodeCard, encodeCard, MAX_CARD_BYTES, type Card, type PeerCard } from './card';
import { fingerprintOf } from './fingerprint';
import { SIGNATURE_BYTES, verify, type Identity } from './identity';
import { inviteMacKey } from './inviteKeys';
import type { MessagePipe } from './messagePipe';
import { PairingAgreement } from './pairingAgreement';
import { equalBytes, KEY_BYTES, kidOf, mac } from './primitives';
import { receiveExactly } from './receiveExactly';
import { withinTime } from './withinTime';

export interface PairOptions {
  readonly role: PairingRole;
  /** Stays the caller's, who wipes it when the pairing is over. */
  readonly secret: Uint8Array;
  readonly identity: Identity;
  /** Carries the key of `identity`. */
  readonly card: Card;
  /**
   * Inviter: called once a connection has proven to know the invite. False when another connection
   * has bound it before; that is said to the other side.
   */
  readonly claim?: () => boolean;
  /** Also ends the talk that comes of it. */
  readonly signal: AbortSignal;
}

export type PairingRole = 'inviter' | 'invitee';

/** Two sides that know the same invite and have seen each other's card; the people decide now. */
export interface PairingTalk {
  readonly card: PeerCard;
  /** Rejects with PAIRING_DECLINED or PAIRING_LOST as soon as no pairing can come of it any more. */
  readonly gone: Promise<never>;
  /** Resolves once it has ended and the last word has had its time to arrive. */
  readonly closed: Promise<void>;
  /**
   * Resolves when the other side has confirmed too, and only then is the book written.
   * @throws PAIRING_DECLINED, PAIRING_LOST, PROTOCOL, or what the signal was aborted with
   */
  confirm(): Promise<void>;
  /** Ends it at any moment, and tells the other side. */
  decline(): void;
}

/** Milliseconds for proofs and cards: four messages that need no person. */
export const INTRODUCTION_MS = 10_000;

/**
 * Steps 1 and 2 of a pairing, over a fresh connection.
 *
 * 1. Invitee, then inviter: MAC(key, "beeline/pair-proof/1", own role, hh), 32 bytes. Whoever comes
 *    second hears MAC(key, "beeline/pair-taken/1", hh) in the place of the inviter's proof: as long
 *    as a proof, and only somebody who has the invite can say it.
 * 2. Both: card ‖ sign("beeline/pair-card/1", own role, hh, card) ‖ MAC(key, the same), in one
 *    message; the last 96 bytes are signature and MAC. The inviter's follows its proof at once,
 *    because by then the invitee has proven itself.
 *
 * The pipe is closed when this throws, after the other side could hear why.
 * @throws PROOF_REFUSED, PROTOCOL, PEER_LOST and PEER_SILENT, which cost only this connection
 *   (but a bound invite stays bound); INVITE_TAKEN, INVITE_SELF; CONFIG_INVALID for our own card; or what the signal was aborted with
 */
export async function pair(pipe: MessagePipe, options: PairOptions): Promise<PairingTalk> {
  const key = inviteMacKey(options.secret);
  try {
    // First, because a card that cannot be shown must not use up an invite.
    const own = encodeCard(options.card);
    const card = await withinTime(INTRODUCTION_MS, options.signal, async (signal) => {
      const introduction = new Introduction(pipe, options, key, signal);
      await introduction.prove();
      return introduction.exchangeCards(own);
    });
    return new PairingAgreement(pipe, card, options.signal);
  } catch (thrown) {
    pipe.destroy();
    throw thrown;
  } finally {
    key.fill(0);
  }
}

class Introduction {
  constructor(
    private readonly pipe: MessagePipe,
    private readonly options: PairOptions,
    private readonly key: Buffer,
    private readonly signal: AbortSignal,
  ) {}

  async prove(): Promise<void> {
    if (this.options.role === 'invitee') {
      this.pipe.send(this.proof('invitee'));
      const theirs = await receiveExactly(this.pipe, KEY_BYTES, this.signal);
      if (equalBytes(theirs, this.taken())) throw errors.inviteTaken();
      if (!equalBytes(theirs, this.proof('inviter'))) throw errors.proofRefused(INVITER);
      return;
    }
    const theirs = await receiveExactly(this.pipe, KEY_BYTES, this.signal);
    if (!equalBytes(theirs, this.proof('invitee'))) throw errors.proofRefused(INVITEE);
    if (this.options.claim?.() === false) {
      this.pipe.send(this.taken());
      await this.pipe.end();
      throw errors.inviteTaken();
    }
    this.pipe.send(this.proof('inviter'));
  }

  async exchangeCards(own: Buffer): Promise<PeerCard> {
    const { role, identity } = this.options;
    const parts = this.cardParts(role, own);
    const signature = identity.sign(CARD_LABEL, ...parts);
    this.pipe.send(Buffer.concat([own, signature, mac(this.key, CARD_LABEL, ...parts)]));
    const message = await this.pipe.receive(MAX_CARD_BYTES + SEALS_BYTES, this.signal);
    if (message === null) throw errors.peerLost();
    const card = this.readCard(message);
    if (card.publicKey.equals(identity.publicKey)) {
      // Ours has to arrive, so that the other window says the same.
      await this.pipe.end();
      throw errors.inviteSelf();
    }
    // Refuses a key that no secret could be shared with, before anybody is asked about it.
    identity.pairKeys(card.publicKey);
    const kid = kidOf(card.publicKey);
    return { ...card, kid, fingerprint: fingerprintOf(kid) };
  }

  private readCard(message: Buffer): Card {
    if (message.length <= SEALS_BYTES) throw errors.protocol('a card that is cut off');
    const bytes = message.subarray(0, -SEALS_BYTES);
    const signature = message.subarray(-SEALS_BYTES, -KEY_BYTES);
    const sum = message.subarray(-KEY_BYTES);
    const [from, who] =
      this.options.role === 'inviter'
        ? (['invitee', INVITEE] as const)
        : (['inviter', INVITER] as const);
    const parts = this.cardParts(from, bytes);
    // Nothing is decoded before it is known to come from somebody who has the invite.
    if (!equalBytes(sum, mac(this.key, CARD_LABEL, ...parts))) throw errors.proofRefused(who);
    const card = decodeCard(bytes);
    if (!verify(card.publicKey, signature, CARD_LABEL, ...parts)) throw errors.proofRefused(who);
    return card;
  }

  private proof(role: PairingRole): Buffer {
    return mac(this.key, 'beeline/pair-proof/1', role, this.pipe.handshakeHash);
  }

  private taken(): Buffer {
    return mac(this.key, 'beeline/pair-taken/1', this.pipe.handshakeHash);
  }

  private cardParts(role: PairingRole, card: Buffer): Buffer[] {
    return [Buffer.from(role), this.pipe.handshakeHash, card];
  }
}

const CARD_LABEL = 'beeline/pair-card/1';
/** What follows the card in its message. */
const SEALS_BYTES = SIGNATURE_BYTES + KEY_BYTES;
/** Who was not who they said they were. */
const INVITER = 'whoever invited you';
const INVITEE = 'whomever you invited';
