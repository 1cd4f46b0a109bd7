import type { CallEnd, CallState } from '../../core/callEvents';
import type { CodeRange, MessageState } from '../../core/chatEvents';
import type { ErrorCode } from '../../core/errors';

/** What `chat`, `chats`, `call` and `listen --chat` tell. */
export type ChatReport =
  | ConnectedReport
  | OfflineReport
  | SaidReport
  | HistoryReport
  | TypingReport
  | QueuedReport
  | MarkReport
  | AnsweredReport
  | ErrorReport
  | EndedReport
  | ChatListedReport
  | CallReport
  | CallPageReport;

/** Whom a chat is with: its name in its own words, and the id that proves it. */
export interface Other {
  /** Name of the agent. */
  readonly from: string;
  /** Key id of the agent. */
  readonly kid: string;
}

/** Messages travel, and how; again whenever the way changes. */
export interface ConnectedReport extends Other {
  readonly event: 'connected';
  readonly path: 'direct' | 'relayed';
  /** What carries them. */
  readonly over: 'peer' | 'link' | 'turn' | 'service';
}

/** Messages wait for the agent. */
export interface OfflineReport extends Other {
  readonly event: 'offline';
  /** Why, where the agent is online and there is something that a person could do. */
  readonly code?: ErrorCode;
  readonly message?: string;
}

/** What a message says. */
export type Said =
  | { readonly event: 'text'; readonly text: string }
  | {
      readonly event: 'code';
      readonly path: string;
      readonly language?: string;
      readonly range: CodeRange;
      readonly text: string;
    }
  | { readonly event: 'file'; readonly transferId: string };

/** A message of the agent, once each. */
export type SaidReport = Said &
  Other & {
    readonly id: string;
    /** ISO 8601, when it was received here. */
    readonly at: string;
  };

/** A message from before, of either side. */
export interface HistoryReport extends Other {
  readonly event: 'history';
  readonly own: boolean;
  readonly said: Said;
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly state: MessageState;
}

export interface TypingReport extends Other {
  readonly event: 'typing';
  readonly typing: boolean;
}

/** A line was taken as a message and will be delivered, under this id. */
export interface QueuedReport {
  readonly event: 'queued';
  readonly id: string;
}

/** What became of an own message. */
export interface MarkReport {
  readonly event: 'sent' | 'delivered' | 'read';
  readonly id: string;
}

/** `listen --on-message`: the command has answered this message by another. */
export interface AnsweredReport extends Other {
  readonly event: 'answered';
  /** Of the message. */
  readonly id: string;
  /** Of the answer. */
  readonly answer: string;
}

/** Something went wrong that does not end the conversation. */
export interface ErrorReport {
  readonly event: 'error';
  readonly code: ErrorCode;
  readonly message: string;
  /** Of the message that it is about. */
  readonly id?: string;
  /** Number of the input's line that it is about, from 1. */
  readonly line?: number;
}

/** Nothing more follows. */
export interface EndedReport {
  readonly event: 'ended';
  /** Own messages that wait, and are sent whenever Beeline runs for this home. */
  readonly waiting: number;
}

/** `chats`: one line for each. */
export interface ChatListedReport extends Other {
  readonly event: 'chat';
  /** Absent when no other process of this home runs the engine, and so nobody was looked for. */
  readonly path?: 'offline' | 'connecting' | 'direct' | 'relayed';
  readonly unread: number;
  readonly waiting: number;
  readonly last?: { readonly own: boolean; readonly at: string; readonly said: Said };
}

/** A call changed its state. */
export interface CallReport extends Other {
  readonly event: 'call';
  readonly callId: string;
  readonly direction: 'out' | 'in';
  readonly video: boolean;
  readonly state: CallState['kind'];
  readonly path?: 'direct' | 'relayed';
  readonly reason?: CallEnd;
  readonly durationMs?: number;
  readonly code?: ErrorCode;
  readonly message?: string;
}

/** The page that captures and shows, once: its address is good for one browser. */
export interface CallPageReport {
  readonly event: 'page';
  readonly url: string;
}
