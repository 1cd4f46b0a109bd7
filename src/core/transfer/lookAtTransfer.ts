import { toBeelineError } from '../errors';
import type { Manifest } from './manifest';
import type { ExpectedManifest } from './manifestReader';
import type { MessageTalkOptions } from './messageTalk';
import { ReceiverTalk } from './receiverTalk';

export interface LookAtTransferOptions extends MessageTalkOptions {
  /** What was offered, where that is known: then no more is read than that. */
  readonly expected?: ExpectedManifest | undefined;
}

/**
 * Reads what a transfer consists of, and takes nothing of it. The channel is closed in every case.
 * @throws OFFER_UNKNOWN, PROTOCOL, META_MISMATCH, PEER_SILENT, PEER_LOST, PEER_ERROR, CANCELLED,
 * CANCELLED_BY_PEER
 */
export async function lookAtTransfer(options: LookAtTransferOptions): Promise<Manifest> {
  const talk = new ReceiverTalk(options, 'look');
  try {
    return await talk.readManifest(options.expected);
  } catch (thrown) {
    const error = toBeelineError(thrown);
    talk.farewell(error);
    throw error;
  } finally {
    talk.close();
  }
}
