import type { BeelineError } from '../errors';
import type { LinkPath } from '../events';
import type { PairKeys } from '../identity/pairKeys';
import type { MessageChannel } from '../transfer/messageChannel';

/** The links of one engine: at most one to each paired agent, made and remade by itself. */
export interface Links {
  /** As which this engine comes to blind relays, 32 bytes: what is to be registered there. */
  readonly publicKey: Buffer;
  /**
   * Puts these agents in place of the earlier ones; links to those that are gone close at once.
   * In the order in which they matter: those seen last first.
   */
  setPeers(peers: readonly LinkPeer[]): void;
  /** Looks for one agent, or all, at once; use it when something says that they may be there. */
  lookAgain(kid?: string): void;
  /** The link to an agent that is online. */
  find(kid: string): Link | undefined;
  destroy(): Promise<void>;
}

export interface LinkPeer {
  /** 64 lower-case hex digits. */
  readonly kid: string;
  /** The identity key, 32 bytes. */
  readonly publicKey: Buffer;
  readonly keys: PairKeys;
}

export interface LinkHooks {
  /** The hello was answered: the agent is online. An earlier link to it has been told closed. */
  onOnline(link: Link): void;
  /** Told once for each `onOnline`. */
  onOffline(link: Link): void;
  /** Told once for each change of `link.path` while it is up; only of the link that is online. */
  onPath?(link: Link): void;
  /** The network changed, or the machine slept: connections may be dead that look alive. */
  onAwoke?(): void;
  /** Somebody failed to prove who they are, or an agent broke the protocol. For the log. */
  onRefused(error: BeelineError): void;
  /** The other side opens a channel. Whoever takes it returns true, else it is refused. */
  onChannel(link: Link, protocol: ChannelProtocol, id: Buffer, channel: MessageChannel): boolean;
}

export type ChannelProtocol = 'beeline/offer' | 'beeline/transfer' | 'beeline/session';

/** One authenticated connection to a paired agent; both sides have proven who they are. */
export interface Link {
  readonly kid: string;
  /** As of now: a relayed link becomes direct where it stands once a hole is punched. */
  readonly path: LinkPath;
  /** What the other side said in its hello. */
  readonly remote: { readonly version: string; readonly features: readonly string[] };
  /** Resolves when it is gone. */
  readonly closed: Promise<void>;
  /**
   * Opens a channel; both sides may open the same protocol and id, and then have the same one.
   * @param id at most 32 bytes; empty for the single `beeline/offer` channel of a link
   * @throws PEER_LOST when the link is gone, PROTOCOL when 64 channels are open
   */
  open(protocol: ChannelProtocol, id: Buffer): MessageChannel;
  close(): void;
}
