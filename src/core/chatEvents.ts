import type { ErrorData } from './errors';
import type { AgentRef } from './events';

/** A conversation with a paired agent, as shells show it in lists. Always a snapshot. */
export interface Chat {
  readonly agent: AgentRef;
  readonly path: ChatPath;
  /** The other side is writing just now. */
  readonly isTyping: boolean;
  /** Messages of the other side that were not read here, by number. */
  readonly unread: number;
  /** Own messages that wait to be delivered, by number. */
  readonly waiting: number;
  readonly last?: ChatMessage;
  /** Why messages wait, or would, although the agent is there, as it answered itself. */
  readonly trouble?: ErrorData;
}

/**
 * How messages travel just now, by the way they really take. `direct`: machine to machine, over the
 * data channel of a peer connection, or over the link when it is direct itself. `relayed`: sealed,
 * through a TURN server, over a relayed link, or as messages of the session's task.
 */
export type ChatPath =
  | { readonly kind: 'offline' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'direct'; readonly over: 'peer' | 'link' }
  | { readonly kind: 'relayed'; readonly over: 'turn' | 'link' | 'service' };

/** One message. Text of the other side is its words: made safe for display by the shell. */
export interface ChatMessage {
  /** 32 lower-case hex digits, unique with its agent and direction. */
  readonly messageId: string;
  /** The paired agent that the conversation is with. */
  readonly kid: string;
  readonly from: 'self' | 'agent';
  /** ISO 8601, this machine's clock: when it was written, or received, here. */
  readonly at: string;
  readonly body: MessageBody;
  readonly state: MessageState;
}

export type MessageBody =
  /** Markdown. */
  | { readonly kind: 'text'; readonly text: string }
  /** A place in somebody's workspace, and what stands there. */
  | {
      readonly kind: 'code';
      /** Relative to a workspace folder, `/` between names, the folder's name first. */
      readonly path: string;
      /** Editor's language id, for highlighting. */
      readonly language?: string;
      /** Lines from 1, both included; characters from 1. */
      readonly range: CodeRange;
      readonly text: string;
    }
  /** A transfer between the same two agents; its name and size are what the transfer says. */
  | { readonly kind: 'file'; readonly transferId: string };

export interface CodeRange {
  readonly startLine: number;
  readonly startCharacter: number;
  readonly endLine: number;
  readonly endCharacter: number;
}

/**
 * Own: `waiting` on this disk, `sent` on some way, `delivered` to the other side's disk, `read` by
 * a person or program there. Theirs: `received`, then `seen` here.
 */
export type MessageState = 'waiting' | 'sent' | 'delivered' | 'read' | 'received' | 'seen';

/** Bytes of UTF-8: what fits in one sealed frame with room for its JSON. */
export const MAX_MESSAGE_BYTES = 32 * 1024;
