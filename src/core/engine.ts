import type { Calling, Peering } from './calling';
import type { Conversations } from './conversations';
import type { EngineConfig } from './engineConfig';
import type { EngineEvent, EngineSnapshot, OfferKind, PreviewEntry } from './events';

/**
 * The façade that both shells hold, whether the engine runs in this process or in another of the
 * same home. Every call takes and gives plain data, every call may be repeated: the one who asked
 * may have to ask the next owner again.
 *
 * Core asks, shells decide: nothing here accepts an offer by itself.
 */
export interface Engine extends Conversations, Calling, Peering {
  /** Everything a shell needs to draw itself. */
  snapshot(): Promise<EngineSnapshot>;

  /** The configuration in force; secrets are left out. */
  config(): Promise<PublicConfig>;

  /** Puts another configuration in force. Running transfers go on; the service is reconnected. */
  configure(config: EngineConfig): Promise<void>;

  /**
   * What would be offered: counted, not read. Nothing is told to anybody.
   * @throws PATH_NOT_FOUND, PATH_UNREADABLE, NOT_A_FILE, NAME_REFUSED, LINK_REFUSED, TOO_LARGE,
   * CANCELLED when the signal ends it
   */
  measure(source: SourceRequest, signal?: AbortSignal): Promise<SourceSummary>;

  /**
   * Offers files and folders as one transfer, and returns once the paths are known to be good and
   * the offer is journaled. Open peers (wire version 1) take one file at a time.
   * Everything further arrives as `transfer` events. The same `transferId` again is the same offer.
   * @throws PATH_NOT_FOUND, PATH_UNREADABLE, NOT_A_FILE, NAME_REFUSED, LINK_REFUSED, TOO_LARGE,
   * CONFIG_INVALID
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

  /**
   * Goes on at once with what is interrupted: what waits for its agent, and what waits for the
   * person, such as one that found its disk full. Others are left as they are.
   */
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

  /** Takes back that an agent may keep a folder here in step with its own. Unknown ones are none. */
  revokeGrant(grantId: string): Promise<void>;

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

/** What is to be sent. */
export interface SourceRequest {
  /** Absolute; files and folders, at least one. Two of the same name cannot go together. */
  readonly paths: readonly string[];
  /** Leaves out of folders what their `.gitignore` files ignore, and `.git`. Off by default. */
  readonly leaveOutIgnored?: boolean;
}

export interface SourceSummary {
  readonly kind: OfferKind;
  /** Of the first path. */
  readonly name: string;
  /** Top-level files and folders, by number. */
  readonly roots: number;
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  /** Bytes of all files. */
  readonly bytes: number;
  /** Top-most files and folders that were left out because they are ignored, by number. */
  readonly ignored: number;
}

export interface OfferRequest extends SourceRequest {
  /** 32 lower-case hex digits of `crypto.randomBytes(16)`, made by the caller. */
  readonly transferId: string;
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
  /**
   * One folder, to a paired agent: keep the recipient's copy in step with it. What it is in step
   * with is remembered there by folder and agent, so that each further offer is the same sync.
   */
  readonly sync?: {
    /** Also remove what was removed here, where the recipient has granted it. */
    readonly delete: boolean;
  };
}

export type Decision =
  | {
      readonly kind: 'accept';
      /** Absolute folder; the configured save folder when neither is given. Created if absent. */
      readonly directory?: string;
      /**
       * Absolute path, instead of the offered name in `directory`; of a single file or folder.
       * Never overwritten either.
       */
      readonly path?: string;
      /**
       * Brings the folder that this agent sent before up to date (`IncomingOffer.updates`), instead
       * of making another one. What was changed here stays, and what came lies beside it.
       */
      readonly update?: boolean;
      /** Of a sync: whether the agent may remove here what it sent and removed on its side. */
      readonly mayDelete?: boolean;
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

export type PublicConfig = Omit<EngineConfig, 'apiKey' | 'iceServers'>;
