import type { ChatLane } from '../session/chatLane';
import { toFrame, weightOf } from './chatFraming';
import type { KeptMessage } from './messageLines';

/** Messages, and bytes of them, that are told before the first of them is confirmed. */
export const WINDOW_MESSAGES = 200;
const WINDOW_BYTES = 2 * 1024 * 1024;
/** Milliseconds without a confirmation after which all is told again, doubling up to the longest. */
const FIRST_REPEAT_MS = 30_000;
const LONGEST_REPEAT_MS = 10 * 60 * 1000;

export interface DeliveryOptions {
  readonly repeatMs?: number;
}

/**
 * Tells what waits to the lane that is up: in order, from the first not delivered on each new lane,
 * and never more than the other side should have to hold while its disk is slow.
 */
export class Delivery {
  private lane: ChatLane | undefined;
  /** Told on this lane and not confirmed: what each weighs. */
  private readonly told = new Map<string, number>();
  private toldBytes = 0;
  private repeatMs: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly waiting: () => Iterable<KeptMessage>,
    private readonly onSent: (id: string) => void,
    private readonly options: DeliveryOptions = {},
  ) {
    this.repeatMs = this.firstRepeat;
  }

  /** From now on this lane, or none. */
  use(lane: ChatLane | undefined): void {
    this.lane = lane;
    this.repeatMs = this.firstRepeat;
    this.restart();
  }

  /** Tells as much as may be told. */
  pump(): void {
    const { lane } = this;
    if (lane === undefined) return;
    for (const message of this.waiting()) {
      if (this.told.has(message.id)) continue;
      const weight = weightOf(message.body);
      if (this.told.size >= WINDOW_MESSAGES) break;
      if (this.told.size > 0 && this.toldBytes + weight > WINDOW_BYTES) break;
      this.told.set(message.id, weight);
      this.toldBytes += weight;
      lane.send(toFrame(message));
      this.onSent(message.id);
      // A lane that went away while it was told has been replaced already.
      if (lane !== this.lane) return;
    }
    this.wind();
  }

  /** These need not be told again. */
  settled(ids: readonly string[]): void {
    for (const id of ids) {
      this.toldBytes -= this.told.get(id) ?? 0;
      this.told.delete(id);
    }
    this.repeatMs = this.firstRepeat;
    this.unwind();
    this.pump();
  }

  stop(): void {
    this.lane = undefined;
    this.unwind();
  }

  private get firstRepeat(): number {
    return this.options.repeatMs ?? FIRST_REPEAT_MS;
  }

  private restart(): void {
    this.unwind();
    this.told.clear();
    this.toldBytes = 0;
    this.pump();
  }

  /** The other side may have passed some over, because they came too fast or its disk was full. */
  private wind(): void {
    if (this.told.size === 0 || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.repeatMs = Math.min(2 * this.repeatMs, LONGEST_REPEAT_MS);
      this.restart();
    }, this.repeatMs);
    this.timer.unref();
  }

  private unwind(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
