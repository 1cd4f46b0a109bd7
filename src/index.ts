/** The library: `createNode` as the ats-p2p document has it. */
export { createNode } from './library/createNode';
export { BeelineError, type ErrorCode } from './core/errors';
export type {
  BeelineNode,
  FileOffer,
  NodeEvents,
  NodeOptions,
  OfferTask,
  ReceiveResult,
  SendOptions,
  SendProgress,
  SendResult,
  WatchOptions,
} from './library/types';
