import { randomBytes } from 'node:crypto';
import { errors } from '../../src/core/errors';
import type { MessagePipe } from '../../src/core/identity/messagePipe';

export interface MemoryPipeOptions {
  /** What Noise would give both sides. */
  readonly handshakeHash?: Buffer;
  /** Changes what the initiator says on its way, or loses it. */
  readonly there?: (message: Buffer, count: number) => Buffer | undefined;
  /** Changes what the responder says. */
  readonly back?: (message: Buffer, count: number) => Buffer | undefined;
}

/** Two ends of one fresh connection in memory; the first began the handshake. */
export function memoryPipePair(options: MemoryPipeOptions = {}): [MemoryPipe, MemoryPipe] {
  const handshakeHash = options.handshakeHash ?? randomBytes(64);
  const initiator = new MemoryPipe(handshakeHash, true, options.there);
  const responder = new MemoryPipe(handshakeHash, false, options.back);
  initiator.meet(responder);
  responder.meet(initiator);
  return [initiator, responder];
}

/** As unkind as a real one: `destroy` loses what the other side has not read, `end` does not. */
export class MemoryPipe implements MessagePipe {
  /** What this end has said, as it said it. */
  readonly sent: Buffer[] = [];
  state: 'open' | 'ended' | 'destroyed' = 'open';
  private peer: MemoryPipe | undefined;
  private inbox: (Buffer | null)[] = [];
  private wake: () => void = () => undefined;

  constructor(
    readonly handshakeHash: Buffer,
    readonly isInitiator: boolean,
    private readonly onTheWay: MemoryPipeOptions['there'],
  ) {}

  meet(peer: MemoryPipe): void {
    this.peer = peer;
  }

  send(message: Uint8Array): void {
    if (this.state !== 'open') return;
    // Copied, because a real one has sent it when the caller changes it.
    const said = Buffer.from(message);
    const arriving = this.onTheWay === undefined ? said : this.onTheWay(said, this.sent.length);
    this.sent.push(said);
    if (arriving !== undefined) this.peer?.arrive(Buffer.from(arriving));
  }

  async receive(maxBytes: number, signal?: AbortSignal): Promise<Buffer | null> {
    for (;;) {
      signal?.throwIfAborted();
      if (this.state !== 'open') return null;
      const next = this.inbox[0];
      if (next === null) return null;
      if (next !== undefined) {
        this.inbox.shift();
        if (next.length > maxBytes) throw errors.protocol('a message that is too long');
        return next;
      }
      await new Promise<void>((resolve) => {
        const woken = (): void => {
          signal?.removeEventListener('abort', woken);
          resolve();
        };
        this.wake = woken;
        signal?.addEventListener('abort', woken, { once: true });
      });
    }
  }

  end(): Promise<void> {
    if (this.state === 'open') {
      this.state = 'ended';
      this.peer?.arrive(null);
      this.wake();
    }
    return new Promise((resolve) => setImmediate(resolve));
  }

  destroy(): void {
    if (this.state !== 'open') return;
    this.state = 'destroyed';
    if (this.peer !== undefined) this.peer.inbox = [];
    this.peer?.arrive(null);
    this.wake();
  }

  private arrive(message: Buffer | null): void {
    this.inbox.push(message);
    this.wake();
  }
}
