import type { AtsClient } from '../ats/types';
import { errors, toBeelineError, type BeelineError } from '../errors';
import { seedKeyHash } from '../swarm/swarm';
import { announcedKeys } from './offerPayload';
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
  const announced = announcedKeys(await client.listMessages(taskId, signal), client.actor.id);
  if (!announced.includes(ours)) {
    await client.addMessage(
      taskId,
      [{ type: 'data', content: { transfer_id: record.transferId, noise_key_hash: ours } }],
      signal,
    );
  }
  try {
    await client.claim(taskId, leaseFor(record.fileSize), signal);
  } catch (thrown) {
    await explainRefusal(client, record, announced.includes(ours), toBeelineError(thrown));
  }
  // Some services let any process of the same actor renew a claim, so a claim that was granted does
  // not yet mean that it is ours alone: among several, the first key in the thread holds.
  const keys = announcedKeys(await client.listMessages(taskId, signal), client.actor.id);
  if (keys.length > 0 && keys[0] !== ours) throw errors.takenElsewhere();
}

/** What a refused claim means. Returns when we hold the task all the same. */
async function explainRefusal(
  client: AtsClient,
  record: IncomingRecord,
  announcedBefore: boolean,
  error: BeelineError,
): Promise<void> {
  if (error.code !== 'ATS_CONFLICT') throw error;
  const task = await client.getTask(record.taskId);
  if (task.status === 'in_progress') {
    // Held by this very transfer, from before a restart: only then was our key there already.
    if (task.assigneeId === client.actor.id && announcedBefore) return;
    throw errors.takenElsewhere();
  }
  if (task.status === 'cancelled') throw errors.offerWithdrawn(record.senderId);
  if (task.status !== 'pending') throw errors.offerUnknown();
  throw error;
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
  const lease = leaseFor(record.fileSize);
  const renew = (): void => {
    client.claim(record.taskId, lease).catch((thrown: unknown) => {
      context.log(`lease of task ${String(record.taskId)}: ${toBeelineError(thrown).message}`);
    });
  };
  const timer = setInterval(renew, lease / 2);
  const unfollow = context.feed.follow(({ type, task }) => {
    if (task.id !== record.taskId || type !== 'task.lease_expired') return;
    client.claim(record.taskId, lease).catch(async (thrown: unknown) => {
      const error = toBeelineError(thrown);
      if (error.code !== 'ATS_CONFLICT') return;
      const now = await client.getTask(record.taskId).catch(() => undefined);
      if (now?.status === 'in_progress' && now.assigneeId !== client.actor.id) {
        lost(errors.takenElsewhere());
      }
    });
  });
  return {
    stop() {
      clearInterval(timer);
      unfollow();
    },
  };
}
