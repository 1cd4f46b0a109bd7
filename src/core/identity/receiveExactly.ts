import { errors } from '../errors';
import type { MessagePipe } from './messagePipe';

/**
 * The next message, which has exactly so many bytes.
 * @throws PEER_LOST when the other side is gone, PROTOCOL for any other length
 */
export async function receiveExactly(
  pipe: MessagePipe,
  bytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const message = await pipe.receive(bytes, signal);
  if (message === null) throw errors.peerLost();
  if (message.length !== bytes) {
    throw errors.protocol(`a proof of ${message.length} bytes instead of ${bytes}`);
  }
  return message;
}
