/** Bytes: a sealed frame of 64 KiB and what stands before it. Longer ones are not ours. */
const MAX_FRAME = 66 * 1024;
/** Bytes that may wait in the browser; then frames wait here, where they can still be dropped. */
const HIGH_WATER = 1024 * 1024;
const LOW_WATER = 256 * 1024;
/** Frames that wait here. Beyond, they are dropped: core sends again what was not confirmed. */
const MAX_WAITING = 512;
/**
 * Frames that are heard in a second for long, and at once: as many as core hears. A channel is as fast
 * as the network, and each frame goes through the page, its host and the engine.
 */
const HEARD_PER_SECOND = 400;
const HEARD_AT_ONCE = 1200;

/** The data channel of a connection, as frames: bounded both ways, and never growing without end. */
export class FrameChannel {
  private readonly waiting: Uint8Array<ArrayBuffer>[] = [];
  private mayHear = HEARD_AT_ONCE;
  private heardAt = performance.now();

  constructor(
    private readonly channel: RTCDataChannel,
    hooks: { onOpen(): void; onFrame(bytes: Uint8Array): void },
  ) {
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = LOW_WATER;
    channel.onopen = () => {
      hooks.onOpen();
    };
    channel.onbufferedamountlow = () => {
      this.drain();
    };
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!(data instanceof ArrayBuffer) || data.byteLength > MAX_FRAME || !this.hears()) return;
      hooks.onFrame(new Uint8Array(data));
    };
  }

  get isOpen(): boolean {
    return this.channel.readyState === 'open';
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.isOpen || bytes.length > MAX_FRAME || this.waiting.length >= MAX_WAITING) return;
    this.waiting.push(bytes);
    this.drain();
  }

  close(): void {
    this.waiting.length = 0;
    this.channel.onopen = null;
    this.channel.onmessage = null;
    this.channel.onbufferedamountlow = null;
    this.channel.close();
  }

  /** What is not heard is sent again, by who means it. */
  private hears(): boolean {
    const now = performance.now();
    const fresh = ((now - this.heardAt) * HEARD_PER_SECOND) / 1000;
    this.mayHear = Math.min(HEARD_AT_ONCE, this.mayHear + fresh);
    this.heardAt = now;
    if (this.mayHear < 1) return false;
    this.mayHear -= 1;
    return true;
  }

  private drain(): void {
    while (this.isOpen && this.channel.bufferedAmount < HIGH_WATER) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      this.channel.send(next);
    }
  }
}
