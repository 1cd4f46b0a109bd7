import type { ByteChannel } from '../transfer/byteChannel';
import { EngineStopped } from './transferContext';

/**
 * A signal for a conversation on one channel. A cancel is passed on, so that the other side is told.
 * An engine that stops says nothing: its successor comes back on another connection, and a goodbye
 * would end the transfer for good.
 */
export function partingSignal(
  signal: AbortSignal,
  channel: ByteChannel,
): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const pass = (): void => {
    if (signal.reason instanceof EngineStopped) channel.destroy();
    else controller.abort(signal.reason);
  };
  if (signal.aborted) pass();
  else signal.addEventListener('abort', pass, { once: true });
  return {
    signal: controller.signal,
    release() {
      signal.removeEventListener('abort', pass);
    },
  };
}
