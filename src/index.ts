/** The library: `createNode` as the ats-p2p document has it. */
export { createNode } from './library/createNode';
export { BeelineError, type ErrorCode } from './core/errors';
export type {
  Chat,
  ChatMessage,
  ChatPath,
  CodeRange,
  MessageBody,
  MessageState,
} from './core/chatEvents';
export type {
  Agent,
  AgentRef,
  Grant,
  OfferKind,
  PairingCard,
  PreviewEntry,
  SyncOffer,
  Transfer,
  TransferState,
  Trust,
} from './core/events';
export type {
  AcceptOptions,
  BeelineNode,
  FileOffer,
  IncomingMessage,
  MessagesOptions,
  Moved,
  NodeEvents,
  NodeInvite,
  NodeOptions,
  NodeSync,
  OfferTask,
  PairingQuestion,
  PairOptions,
  ReceiveResult,
  SaidMessage,
  SendOptions,
  SendProgress,
  SendResult,
  SyncOptions,
  WatchOptions,
} from './library/types';
