/** The library: `createNode` as the ats-p2p document has it. */
export { createNode } from './library/createNode';
export { BeelineError, type ErrorCode } from './core/errors';
export type { Agent, AgentRef, PairingCard, PreviewEntry, Trust } from './core/events';
export type {
  BeelineNode,
  FileOffer,
  NodeEvents,
  NodeInvite,
  NodeOptions,
  OfferTask,
  PairingQuestion,
  PairOptions,
  ReceiveResult,
  SendOptions,
  SendProgress,
  SendResult,
  WatchOptions,
} from './library/types';
