import type { Task } from '../ats/types';
import { errors, fromData, type BeelineError } from '../errors';
import { peerSaid } from '../transfer/peerReason';
import { statedReason } from './offerPayload';
import { patiently } from './patiently';
import type { TransferContext } from './transferContext';

/** Internal: the task ended under us; `whyEnded` finds out why. */
export class TaskEnded extends Error {
  override readonly name = 'TaskEnded';

  constructor(readonly task: Task) {
    super(`the task was marked ${task.status}`);
  }
}

/** The error a person should see: the other side's stated reason when it gave one. */
export async function whyEnded(
  context: TransferContext,
  { task }: TaskEnded,
  peer: string,
): Promise<BeelineError> {
  const stated = await context.connection.client
    .listMessages(task.id)
    .then((messages) => statedReason(messages, peer))
    .catch(() => undefined);
  if (task.status === 'rejected') {
    if (stated === undefined) return errors.declined(peer, undefined);
    const { code } = peerSaid(Buffer.from(`${stated.code}: `), peer);
    const { message } = errors.declined(peer, stated.reason);
    return fromData({ code: code === 'PEER_ERROR' ? 'DECLINED' : code, message });
  }
  if (stated !== undefined) return peerSaid(Buffer.from(`${stated.code}: ${stated.reason}`), peer);
  if (task.status === 'cancelled') return errors.cancelledByPeer('Somebody on the task service');
  return errors.peerError(`the task was marked ${task.status}`);
}

/**
 * Asks once for the task as it is now, and tells it to whoever follows it. What happened before
 * anybody followed is not told again, and a service that is away tells when it is back.
 */
export function refreshTask(context: TransferContext, taskId: number): void {
  const { client } = context.connection;
  patiently(() => client.getTask(taskId, context.signal), context.signal).then(
    (task) => {
      context.feed.tell({ type: 'seen', task });
    },
    () => undefined,
  );
}
