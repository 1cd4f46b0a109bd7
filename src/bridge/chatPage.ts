import type { CallEvents, CallRequests } from './callPage';

/** The chat panel: asked by the page. The panel is about one agent; the call is part of it. */
export interface ChatRequests extends CallRequests {
  /** Everything; asked first, and again whenever the page becomes visible. */
  ready: { readonly params: Record<string, never>; readonly result: ChatPageState };
  /** Older, newer or surrounding messages, oldest first. */
  messages: {
    readonly params: {
      readonly limit: number;
      readonly before?: string;
      readonly after?: string;
      readonly around?: string;
    };
    readonly result: PageOfMessages;
  };
  /** Newest first. */
  search: { readonly params: { readonly text: string }; readonly result: readonly PageMessage[] };
  send: {
    readonly params: { readonly messageId: string; readonly text: string };
    readonly result: null;
  };
  typing: { readonly params: { readonly isTyping: boolean }; readonly result: null };
  read: { readonly params: { readonly messageId: string }; readonly result: null };
  /** Lets the person pick files or folders, and sends them. */
  pickFiles: { readonly params: Record<string, never>; readonly result: null };
  /** Dropped from the editor: URIs, sent as they are on the machine of the workspace. */
  dropUris: { readonly params: { readonly uris: readonly string[] }; readonly result: null };
  /** Dropped from outside, where only contents are known: begin, chunks in order, end. */
  uploadBegin: {
    readonly params: {
      readonly uploadId: string;
      readonly files: readonly { readonly path: string; readonly size: number }[];
    };
    readonly result: null;
  };
  uploadChunk: {
    readonly params: {
      readonly uploadId: string;
      readonly file: number;
      readonly offset: number;
      /** Base64, at most 512 KiB of bytes. */
      readonly bytes: string;
    };
    readonly result: null;
  };
  uploadEnd: {
    readonly params: { readonly uploadId: string; readonly cancel: boolean };
    readonly result: null;
  };
  transferAction: {
    readonly params: { readonly transferId: string; readonly action: TransferAction };
    readonly result: null;
  };
  /** Opens what a code message points to, inside workspace folders only. */
  openCode: { readonly params: { readonly messageId: string }; readonly result: null };
  openLink: { readonly params: { readonly href: string }; readonly result: null };
  copy: { readonly params: { readonly text: string }; readonly result: null };
  insertAtCursor: { readonly params: { readonly text: string }; readonly result: null };
  openAsFile: {
    readonly params: { readonly text: string; readonly language?: string };
    readonly result: null;
  };
  /** Lines of pieces with their colours in the editor's theme. */
  highlight: {
    readonly params: { readonly text: string; readonly language: string };
    readonly result: readonly (readonly CodePiece[])[];
  };
  startCall: { readonly params: { readonly video: boolean }; readonly result: null };
  exportHistory: { readonly params: Record<string, never>; readonly result: null };
  /** Asks before. */
  clearHistory: { readonly params: Record<string, never>; readonly result: null };
}

export interface ChatEvents extends CallEvents {
  /** The conversation as a whole. */
  chat: PageChat;
  /** A message is new, or changed. */
  message: PageMessage;
  /** What was shown is cleared: ask `ready` again. */
  reload: Record<string, never>;
  /** Transfers that messages refer to, all of them. */
  transfers: readonly PageTransfer[];
  /** The editor's theme changed: highlight again. */
  theme: Record<string, never>;
  /** Put the cursor into the input. */
  focus: Record<string, never>;
}

export type TransferAction =
  'accept' | 'acceptTo' | 'decline' | 'cancel' | 'resume' | 'open' | 'reveal';

export interface ChatPageState {
  readonly self: { readonly name: string };
  readonly chat: PageChat;
  readonly page: PageOfMessages;
  readonly transfers: readonly PageTransfer[];
  /** False when what is said is not kept on disk. */
  readonly keepsHistory: boolean;
}

export interface PageChat {
  readonly agentName: string;
  readonly actorId: string;
  readonly fingerprint: string;
  readonly path:
    | { readonly kind: 'offline' }
    | { readonly kind: 'connecting' }
    | { readonly kind: 'direct'; readonly over: 'peer' | 'link' }
    | { readonly kind: 'relayed'; readonly over: 'turn' | 'link' | 'service' };
  readonly isTyping: boolean;
  readonly unread: number;
  readonly waiting: number;
  /** A sentence, when messages wait for a reason that a person can do something about. */
  readonly trouble?: string;
}

export interface PageOfMessages {
  readonly messages: readonly PageMessage[];
  readonly older: boolean;
  readonly newer: boolean;
}

export interface PageMessage {
  readonly messageId: string;
  readonly from: 'self' | 'agent';
  /** ISO 8601. */
  readonly at: string;
  readonly state: 'waiting' | 'sent' | 'delivered' | 'read' | 'received' | 'seen';
  readonly body:
    | { readonly kind: 'text'; readonly text: string }
    | {
        readonly kind: 'code';
        readonly path: string;
        readonly language?: string;
        readonly range: {
          readonly startLine: number;
          readonly startCharacter: number;
          readonly endLine: number;
          readonly endCharacter: number;
        };
        readonly text: string;
      }
    | { readonly kind: 'file'; readonly transferId: string };
}

/** A transfer of this agent as its card in the thread shows it; sentences are made by the host. */
export interface PageTransfer {
  readonly transferId: string;
  readonly title: string;
  readonly direction: 'send' | 'receive';
  readonly status: string;
  /** 0 to 1 while it moves. */
  readonly progress?: number;
  readonly state: 'offered' | 'running' | 'stopped' | 'completed' | 'failed';
  readonly actions: readonly TransferAction[];
}

export interface CodePiece {
  readonly text: string;
  /** CSS colour. */
  readonly color?: string;
  readonly bold?: true;
  readonly italic?: true;
}
