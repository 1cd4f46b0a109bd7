import type { EngineConfig } from './engineConfig';
import type { EngineEvent, EngineSnapshot, PreviewEntry } from './events';

/**
 * The façade that both shells hold, whether the engine runs in this process or in another of the
 * same home. Every call takes and gives plain data, every call may be repeated: the one who asked
 * may have to ask the next owner again.
 *
 * Core asks, shells decide: nothing here accepts an offer by itself.
 */
export interface Engine {
  /** Everything a shell needs to draw itself. */
  snapshot(): Promise<EngineSnapshot>;

  /** The configuration in force; secrets are left out. */
  config(): Promise<PublicConfig>;

  /** Puts another configuration in force. Running transfers go on; the service is reconnected. */
  configure(config: EngineConfig): Promise<void>;

  /**
   * Offers a file and returns once the path is known to be good and the offer is journaled.
   * Everything further arrives as `transfer` events. The same `transferId` again is the same offer.
   * @throws PATH_NOT_FOUND, PATH_UNREADABLE, NOT_A_FILE, CONFIG_INVALID
   */
  offer(request: OfferRequest): Promise<{ readonly transferId: string }>;

  /**
   * Answers an incoming offer.
   * Accepting returns once it is claimed; what follows arrives as `transfer` events.
   * @throws OFFER_UNKNOWN, OFFER_ANSWERED, OFFER_TAKEN, DISK_FULL, FOLDER_UNUSABLE, ATS_*
   */
  answer(transferId: string, decision: Decision): Promise<void>;

  /** Ends a transfer on both sides, at any moment. Unknown and ended ones are left as they are. */
  cancel(transferId: string): Promise<void>;

  /** Tries at once what waits for its agent. Others are left as they are. */
  resume(transferId: string): Promise<void>;

  /**
   * The list of what a paired agent offers, read over its link; nothing is accepted by it.
   * @throws OFFER_UNKNOWN, AGENT_OFFLINE, PROTOCOL
   */
  preview(transferId: string): Promise<readonly PreviewEntry[]>;

  /**
   * Makes an invite, good once and for ten minutes. What follows arrives as `pairing` events; the
   * code is told to nobody but the caller. The same id again is the same invite.
   * @throws IDENTITY_*, BOOK_*, INVITE_*
   */
  invite(pairingId: string): Promise<Invite>;

  /**
   * Uses somebody's invite: the code as typed, or the link. What follows arrives as `pairing`
   * events. @throws INVITE_INVALID, IDENTITY_*, BOOK_*
   */
  join(pairingId: string, code: string): Promise<void>;

  /** Answers the question of a pairing, or ends one at any moment with `false`. */
  answerPairing(pairingId: string, accept: boolean): Promise<void>;

  /** Changes what a paired agent may do. Blocking closes its link, offers and transfers. */
  changeAgent(
    kid: string,
    change: { readonly allowed?: boolean; readonly blocked?: boolean },
  ): Promise<void>;

  /** Forgets a paired agent, and closes its link, offers and transfers. @throws AGENT_UNKNOWN */
  removeAgent(kid: string): Promise<void>;

  /** Stops or again lets an actor of the current task service ask. Its open offers go away. */
  block(actorId: string, blocked: boolean): Promise<void>;

  /** Returns the function that ends listening. */
  onEvent(listener: (event: EngineEvent) => void): () => void;

  /**
   * Lets go. In the owner: unanswered offers are left journaled for the next engine when
   * `keepOffers`, else withdrawn; running transfers end.
   */
  stop(options?: { readonly keepOffers?: boolean }): Promise<void>;
}

export interface OfferRequest {
  /** 32 lower-case hex digits of `crypto.randomBytes(16)`, made by the caller. */
  readonly transferId: string;
  /** Absolute. */
  readonly path: string;
  /**
   * Its actor id. The id of a paired agent sends to that agent over its link, and never falls back
   * to open mode.
   */
  readonly recipientId: string;
  /** Key id of the paired agent that is meant, where its actor id alone could mean two. */
  readonly agent?: string;
  /** Defaults to the configured channel. */
  readonly channel?: string;
  /** Milliseconds an unanswered offer stands. Default 24 hours. */
  readonly offerLifetimeMs?: number;
}

export type Decision =
  | {
      readonly kind: 'accept';
      /** Absolute folder; the configured save folder when neither is given. Created if absent. */
      readonly directory?: string;
      /** Absolute file path, instead of the offered name in `directory`. Never overwritten either. */
      readonly path?: string;
    }
  | { readonly kind: 'decline'; readonly reason?: string };

export interface Invite {
  /** Grouped base32; whoever has it can pair. */
  readonly code: string;
  /** `vscode://…`, carries the code and the address of the hub. */
  readonly link: string;
  /** ISO 8601, this machine's clock. */
  readonly expiresAt: string;
}

export type PublicConfig = Omit<EngineConfig, 'apiKey'>;
