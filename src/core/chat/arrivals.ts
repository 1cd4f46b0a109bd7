import type { ChatFrame } from '../wire/chatFrames';
import { ArrivalGate } from './arrivalGate';
import { bodyOf, type MessageFrame, weightOf } from './chatFraming';

/** Messages that are written together: each is told to the shells, with nothing else in between. */
const MAX_BATCH = 100;

/**
 * The messages that came and are not on disk yet. All that come while some are being written are
 * written together.
 */
export class Arrivals {
  private queue: MessageFrame[] = [];
  private isWriting = false;

  constructor(
    private readonly isKnown: (id: string) => boolean,
    /** Puts them on disk, and confirms them. A throw means that none of them is there. */
    private readonly store: (frames: readonly MessageFrame[]) => Promise<void>,
    private readonly gate = new ArrivalGate(),
  ) {}

  take(frame: MessageFrame): void {
    if (!this.gate.admit(frame.id, weigh(frame), this.isKnown(frame.id))) return;
    this.queue.push(frame);
    if (!this.isWriting) void this.write();
  }

  /** On another lane the sender begins with the first that was not confirmed. */
  begin(): void {
    this.gate.begin();
  }

  private async write(): Promise<void> {
    this.isWriting = true;
    while (this.queue.length > 0) {
      const batch = this.queue.splice(0, MAX_BATCH);
      try {
        await this.store(batch);
        this.release(batch);
      } catch {
        // Those that came meanwhile must not stand before them.
        const all = [...batch, ...this.queue];
        this.queue = [];
        this.gate.pass(all.map(({ id }) => id));
        this.release(all);
      }
    }
    this.isWriting = false;
  }

  private release(frames: readonly MessageFrame[]): void {
    const bytes = frames.reduce((sum, frame) => sum + weigh(frame), 0);
    this.gate.done(frames.length, bytes);
  }
}

export function isMessage(frame: ChatFrame): frame is MessageFrame {
  return frame.t === 'text' || frame.t === 'code' || frame.t === 'file';
}

function weigh(frame: MessageFrame): number {
  return weightOf(bodyOf(frame));
}
