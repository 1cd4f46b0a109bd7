import type { ByteChannel } from '../transfer/byteChannel';

/** Connections that come about on a topic, waiting for somebody to serve them. */
export class ChannelQueue {
  private readonly waiting: ByteChannel[] = [];
  private taker: ((channel: ByteChannel) => void) | undefined;
  private closed = false;

  /** @param most how many may wait; a flood of strangers costs no more than that */
  constructor(private readonly most: number) {}

  /** Channels that wait. */
  get size(): number {
    return this.waiting.length;
  }

  readonly push = (channel: ByteChannel): void => {
    if (this.closed || this.waiting.length >= this.most) {
      channel.destroy();
    } else if (this.taker === undefined) {
      this.waiting.push(channel);
    } else {
      const taker = this.taker;
      this.taker = undefined;
      taker(channel);
    }
  };

  /** The next channel, or undefined after `timeoutMs`. Rejects with the signal's reason. */
  next(timeoutMs: number, signal: AbortSignal): Promise<ByteChannel | undefined> {
    signal.throwIfAborted();
    const ready = this.waiting.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        this.taker = undefined;
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        act();
      };
      const abort = (): void => {
        settle(() => {
          reject(signal.reason as Error);
        });
      };
      const timer = setTimeout(() => {
        settle(() => {
          resolve(undefined);
        });
      }, timeoutMs);
      signal.addEventListener('abort', abort, { once: true });
      this.taker = (channel) => {
        settle(() => {
          resolve(channel);
        });
      };
    });
  }

  close(): void {
    this.closed = true;
    for (const channel of this.waiting.splice(0)) channel.destroy();
  }
}
