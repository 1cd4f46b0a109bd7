import { parseServiceTime } from '../ats/serviceTime';
import type { AtsClient, Task } from '../ats/types';
import { errors, toBeelineError, type BeelineError } from '../errors';
import { seedKeyHash } from '../swarm/swarm';
import { announcements, type Announcement } from './offerPayload';
import { patiently } from './patiently';
import type { IncomingRecord } from './records';
import type { TransferContext } from './transferContext';

/** A lease outlasts any plausible transfer: a slow line, and ten minutes beside. */
const SLOW_BYTES_PER_MS = 256;
const LEASE_FLOOR_MS = 10 * 60 * 1000;
const LEASE_CEILING_MS = 24 * 60 * 60 * 1000;

export function leaseFor(bytes: number): number {
  return Math.min(LEASE_CEILING_MS, LEASE_FLOOR_MS + Math.ceil(bytes / SLOW_BYTES_PER_MS));
}

/**
 * Announces the key of this transfer in the thread, then claims the task. In this order, because
 * the sender looks for the key as soon as it sees the claim.
 * @throws OFFER_TAKEN when somebody else holds it, OFFER_WITHDRAWN or OFFER_UNKNOWN when it ended
 */
export async function claimTask(
  client: AtsClient,
  record: IncomingRecord,
  signal?: AbortSignal,
): Promise<void> {
  const { taskId } = record;
  const ours = await seedKeyHash(Buffer.from(record.seed, 'hex'));
  const announced = async (): Promise<readonly Announcement[]> =>
    announcements(await client.listMessages(taskId, signal), client.actor.id);
  const before = (await announced()).some(({ hash }) => hash === ours);
  // Looked at before anything is announced, so that a key in the thread means that its owner found
  // the task free, unless it is the owner's from before a restart.
  refuseEnded(await client.getTask(taskId, signal), record, before && client.actor.id);
  if (!before) {
    await client.addMessage(
      taskId,
      [{ type: 'data', content: { transfer_id: record.transferId, noise_key_hash: ours } }],
      signal,
    );
  }
  try {
    await client.claim(taskId, leaseFor(record.fileSize), signal);
  } catch (thrown) {
    const error = toBeelineError(thrown);
    if (error.code !== 'ATS_CONFLICT') throw error;
    const task = await client.getTask(taskId, signal);
    refuseEnded(task, record, before && client.actor.id);
    if (task.status === 'pending') throw error;
  }
  // Some services let any process of the same actor renew a claim, so a claim that was granted does
  // not yet mean that it is ours alone.
  if (holderOf(await announced()) !== ours) throw errors.takenElsewhere();
}

/** What a task that cannot be claimed means; one that `holder` holds already is as good as claimed. */
function refuseEnded(task: Task, record: IncomingRecord, holder: string | false): void {
  if (task.status === 'pending') return;
  if (task.status === 'in_progress') {
    if (holder !== false && task.assigneeId === holder) return;
    throw errors.takenElsewhere();
  }
  if (task.status === 'cancelled') throw errors.offerWithdrawn(record.senderId);
  throw errors.offerUnknown();
}

/** Microseconds within which two processes of one actor may both have found the task free. */
const RIVALRY_MICROS = 60_000_000;

/**
 * Whose claim it is, of several processes of one actor: the first to announce itself, until one
 * comes so much later that it must have found the task free again. All reach the same answer.
 */
export function holderOf(announced: readonly Announcement[]): string | undefined {
  const time = ({ at }: Announcement): number => parseServiceTime(at) ?? 0;
  let [holder] = announced;
  for (const next of announced) {
    if (holder !== undefined && time(next) - time(holder) > RIVALRY_MICROS) holder = next;
  }
  return holder?.hash;
}

/**
 * Renews the lease while the transfer runs, and claims again when it ran out all the same.
 * A renewal that is refused proves nothing: some services refuse the holder too.
 */
export function keepClaim(
  context: TransferContext,
  record: IncomingRecord,
  lost: (reason: BeelineError) => void,
): { stop(): void } {
  const { client } = context.connection;
  const { taskId } = record;
  const lease = leaseFor(record.fileSize);
  const stopped = new AbortController();
  let again: Promise<void> | undefined;
  const claim = async (): Promise<void> => {
    try {
      await patiently(() => client.claim(taskId, lease, stopped.signal), stopped.signal);
    } catch (thrown) {
      if (stopped.signal.aborted) return;
      const error = toBeelineError(thrown);
      context.log(`lease of task ${String(taskId)}: ${error.message}`);
      const now = await client.getTask(taskId, stopped.signal).catch(() => undefined);
      if (now?.status === 'in_progress' && now.assigneeId !== client.actor.id) {
        lost(errors.takenElsewhere());
      }
    }
  };
  const renew = (): void => {
    again ??= claim().finally(() => {
      again = undefined;
    });
  };
  const timer = setInterval(renew, lease / 2);
  // An expiry that happened while the socket was down is only seen as a task that waits again.
  const unfollow = context.feed.follow(({ type, task }) => {
    if (task.id !== taskId) return;
    if (type === 'task.lease_expired' || task.status === 'pending') renew();
  });
  return {
    stop() {
      clearInterval(timer);
      unfollow();
      stopped.abort();
    },
  };
}
