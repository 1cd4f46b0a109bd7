import { randomBytes } from 'node:crypto';
import type { Engine, OfferRequest } from '../engine';
import { errors, fromData } from '../errors';
import { type EngineEvent, type Transfer, isEnded } from '../events';

/** What is kept in step, and with whom. */
export interface RoundTarget extends Pick<
  OfferRequest,
  'recipientId' | 'agent' | 'channel' | 'leaveOutIgnored'
> {
  /** Absolute; a folder. */
  readonly path: string;
  /** Whether what is removed here is removed there, too. */
  readonly delete: boolean;
}

export interface RoundState {
  readonly transferId: string;
  readonly transfer?: Transfer;
}

/**
 * Offers the folder as it is now, and waits until the recipient has it, however long its agent is
 * away. The signal cancels the transfer.
 * @throws what `Engine.offer` throws, and what the transfer failed with
 */
export async function runRound(
  options: RoundTarget & { readonly engine: Engine; readonly signal: AbortSignal },
  onState: (state: RoundState) => void,
): Promise<Transfer> {
  const { engine, signal } = options;
  const transferId = randomBytes(16).toString('hex');
  let stopListening = nothing;
  let onAbort = nothing;
  // Listens before it is offered, since what is small is there before the offer's call returns.
  const ended = new Promise<Transfer>((resolve, reject) => {
    onAbort = () => {
      reject(errors.cancelled());
    };
    signal.addEventListener('abort', onAbort);
    stopListening = engine.onEvent((event) => {
      const transfer = transferOf(event, transferId);
      if (transfer === 'lost') reject(errors.interrupted());
      if (transfer === undefined || transfer === 'lost') return;
      onState({ transferId, transfer });
      if (!isEnded(transfer)) return;
      if (transfer.state.kind === 'failed') reject(fromData(transfer.state.error));
      else resolve(transfer);
    });
  });
  ended.catch(nothing);
  try {
    if (signal.aborted) throw errors.cancelled();
    await engine.offer(requestOf(options, transferId));
    onState({ transferId });
    return await ended;
  } finally {
    stopListening();
    signal.removeEventListener('abort', onAbort);
    if (signal.aborted) await engine.cancel(transferId).catch(nothing);
  }
}

function requestOf(options: RoundTarget, transferId: string): OfferRequest {
  const { path, recipientId, agent, channel, leaveOutIgnored } = options;
  return {
    transferId,
    paths: [path],
    recipientId,
    ...(agent !== undefined && { agent }),
    ...(channel !== undefined && { channel }),
    ...(leaveOutIgnored !== undefined && { leaveOutIgnored }),
    sync: { delete: options.delete },
  };
}

/** `lost` when another process took over and knows nothing of it. */
function transferOf(event: EngineEvent, transferId: string): Transfer | 'lost' | undefined {
  if (event.type === 'transfer') {
    return event.transfer.transferId === transferId ? event.transfer : undefined;
  }
  if (event.type !== 'moved') return undefined;
  return event.snapshot.transfers.find((each) => each.transferId === transferId) ?? 'lost';
}

function nothing(): void {
  // Told where it is awaited, or nobody waits any more.
}
