import { toBeelineError } from '../errors';
import type { Progress } from '../events';
import { transferTopic } from '../swarm/swarm';
import { CandidateRace, MAX_CANDIDATES } from './candidateRace';
import { ChannelQueue } from './channelQueue';
import type { IncomingRecord } from './records';
import type { TransferContext } from './transferContext';

export interface Fetched {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly peerKey: 'matched' | 'unannounced';
}

export interface FetchOptions {
  readonly context: TransferContext;
  readonly record: IncomingRecord;
  readonly signal: AbortSignal;
  /** Journals the partial's name before it is made. */
  readonly onTemporary: (temporaryPath: string) => Promise<void>;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Meets the sender on the transfer's topic and receives the file. A bad candidate costs its own
 * connection, not the transfer; a lost sender has `timeoutMs` to come back.
 */
export async function fetchFile(options: FetchOptions): Promise<Fetched> {
  const { context, record } = options;
  const queue = new ChannelQueue(MAX_CANDIDATES);
  const swarm = await context.connection.swarm();
  const membership = swarm.join({
    topic: transferTopic(record.transferId),
    seed: Buffer.from(record.seed, 'hex'),
    onChannel: queue.push,
  });
  const race = new CandidateRace(options, queue, () => {
    membership.lookAgain();
  });
  try {
    return await race.run();
  } finally {
    queue.close();
    // Not waited for: without a network it takes long, and nobody's transfer hangs on it.
    membership.leave().catch((thrown: unknown) => {
      context.log(toBeelineError(thrown).message);
    });
  }
}
