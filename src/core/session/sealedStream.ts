import { errors } from '../errors';
import { otherSide, type SessionSide, type SessionUse } from '../identity/sessionKeys';
import { Outbox } from './outbox';
import { openFrame, readFrameHead, sealFrame, type FrameContext } from './sealedFrame';
import { encodePlain, encodeSay, readConfirm, readPlain } from './streamPlain';

export interface SealedStreamOptions {
  /** Overwritten by `destroy`. */
  readonly keys: { readonly send: Buffer; readonly receive: Buffer };
  readonly sessionId: string;
  readonly side: SessionSide;
  readonly use: SessionUse;
  /** How fast the carriers are that there are just now. */
  readonly pace: () => Pace;
  readonly hooks: SealedStreamHooks;
  /** Of this machine, when nothing is said. */
  readonly clock?: StreamClock;
}

export interface SealedStreamHooks {
  /** To be brought to the other side, on whatever way, as they are. They may be lost or doubled. */
  carry(frames: readonly Buffer[]): void;
  /**
   * The same, for what was carried before and not acknowledged in time. `isLate` when not even what
   * was sent again was. `carry` when missing.
   */
  resend?(frames: readonly Buffer[], isLate: boolean): void;
  /** What the other side said: in order, once each. JSON objects, and nothing more is known. */
  onPayload(payload: object): void;
  /** The other side has proven that it holds the keys. Only of the use `signal`, once. */
  onConfirm?(): void;
}

/** Milliseconds. */
export interface Pace {
  /** How long a word of one's own is waited for that could carry the acknowledgement. */
  readonly ackMs: number;
  /** How long an acknowledgement is waited for at first; twice as long after each time. */
  readonly resendMs: number;
}

/** Data channel and link: a round trip is far shorter. */
export const FAST_PACE: Pace = { ackMs: 50, resendMs: 1500 };
/** Messages of a task: each goes to everybody on the channel, so there are few. */
export const SLOW_PACE: Pace = { ackMs: 1500, resendMs: 8000 };
/** Milliseconds. A carrier that comes back says so (`again`), so nobody waits for this. */
const MAX_RESEND_MS = 60_000;

/** keys.md: how far ahead of what was delivered a frame is taken. */
export const WINDOW = 256;
/** Frames with payloads under way at most; the rest of the window is for acknowledgements. */
const MAX_PAYLOADS_UNDER_WAY = 192;
/**
 * So many frames are acknowledged even when none of them says anything, else acknowledgements of a
 * silent side could fill its window. Far more than one, so that acknowledging comes to an end.
 */
const MUCH_UNTOLD = 16;
/**
 * Bytes of frames that wait for one before them; what is beyond comes again. Kept as they were
 * opened: as objects, a few letters of JSON can be a hundred times as large.
 */
const MAX_AHEAD_BYTES = 4 * 1024 * 1024;
/** Bytes that are sent again at a time, the oldest first. */
const MAX_RESEND_BYTES = 512 * 1024;

/** Timers, which tests turn by hand. */
export interface StreamClock {
  set(work: () => void, ms: number): unknown;
  clear(timer: unknown): void;
}

/**
 * One use of one session: objects in, frames out, and the other way round. Sealed once each, sent
 * again byte for byte until acknowledged, delivered in order and once. What is not sealed by the
 * other side, for this use, session, direction and place, changes nothing.
 *
 * The first frame each way of the use `signal` is empty and confirms that its sender has the keys;
 * nothing but it is sealed before the other side's was opened. Every other one is JSON.
 */
export class SealedStream {
  private readonly sending: FrameContext;
  private readonly receiving: FrameContext;
  private readonly outbox: Outbox;
  /** Said, as JSON, and not sealed yet. What waits here is bounded by who says it. */
  private readonly waiting: string[] = [];
  /** Opened, by place, and not delivered, because one before them is missing. */
  private readonly ahead = new Map<number, Buffer>();
  private aheadBytes = 0;
  private received = 0;
  /** The `received` that the other side was told last. */
  private told = 0;
  /** Whether one of those received since is worth an acknowledgement of its own. */
  private owes = false;
  private isConfirmed: boolean;
  private isDelivering = false;
  private isFlushing = false;
  private isDestroyed = false;
  private ackTimer: unknown;
  private resendTimer: unknown;
  private resendMs: number | undefined;
  private readonly clock: StreamClock;

  constructor(private readonly options: SealedStreamOptions) {
    const { sessionId, side, use } = options;
    this.sending = { sessionId, use, direction: side };
    this.receiving = { sessionId, use, direction: otherSide(side) };
    this.isConfirmed = use === 'chat';
    this.outbox = new Outbox();
    this.clock = options.clock ?? NODE_CLOCK;
  }

  /** Sends the empty frame that the use `signal` begins with. Once; later ones are passed over. */
  confirm(): void {
    if (this.isDestroyed || this.options.use !== 'signal' || this.outbox.sealed > 0) return;
    this.seal(Buffer.alloc(0), true);
    this.oweAck(false);
    this.flush();
  }

  /**
   * Takes its turn after everything that was said before.
   * @throws MESSAGE_TOO_LARGE when it does not fit into a frame
   */
  send(payload: object): void {
    if (this.isDestroyed) return;
    // Thrown here, where whoever said it hears it, and not when its turn comes.
    this.waiting.push(encodeSay(payload));
    this.flush();
  }

  /** A frame that came in, on whatever way, from whomever. Never throws of what is in it. */
  take(frame: Buffer): void {
    if (this.isDestroyed) return;
    const head = readFrameHead(frame);
    if (head?.use !== this.options.use) return;
    const place = head.seq - this.received;
    if (place >= WINDOW || place < -WINDOW) return;
    // What was opened and waits is not opened a second time.
    if (this.ahead.has(head.seq)) return;
    if (place > 0 && this.aheadBytes + frame.length > MAX_AHEAD_BYTES) return;
    const opened = openFrame(this.options.keys.receive, this.receiving, frame);
    if (opened === undefined) return;
    const isConfirm = this.options.use === 'signal' && head.seq === 0;
    const plain = isConfirm ? readConfirm(opened) : readPlain(opened);
    if (plain === undefined || plain.ack > this.outbox.sealed) return;
    if (place < 0) {
      // The other side has not heard that it is here. Acknowledgements are not acknowledged, else
      // two sides whose frames somebody doubles would go on for ever.
      if (isConfirm || plain.say !== undefined) this.oweAck(true);
      return;
    }
    this.ahead.set(head.seq, opened);
    this.aheadBytes += opened.length;
    if (this.outbox.acknowledge(plain.ack)) this.progressed();
    this.deliver();
    this.flush();
  }

  /** Everything sealed that the other side did not acknowledge, oldest first. */
  unacknowledged(): readonly Buffer[] {
    return this.outbox.frames();
  }

  /** Whether something that was said may not have arrived. */
  get isWaiting(): boolean {
    return this.waiting.length > 0 || this.outbox.payloads > 0;
  }

  /** There is another carrier, or one is back: what may have been lost goes out at once. */
  again(): void {
    if (this.isDestroyed) return;
    this.resendMs = undefined;
    this.resend();
    if (this.owes && this.received > this.told) this.tellAck();
  }

  /** Overwrites the keys and forgets what waits. */
  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.stopAck();
    this.stopResend();
    this.waiting.length = 0;
    this.ahead.clear();
    this.aheadBytes = 0;
    this.outbox.clear();
    const { send, receive } = this.options.keys;
    send.fill(0);
    receive.fill(0);
  }

  private deliver(): void {
    // What is told may say something at once, which may bring the next frame in.
    if (this.isDelivering) return;
    this.isDelivering = true;
    try {
      for (;;) {
        const opened = this.isDestroyed ? undefined : this.ahead.get(this.received);
        if (opened === undefined) return;
        this.ahead.delete(this.received);
        this.aheadBytes -= opened.length;
        // Empty is the confirmation; everything else was read when it came.
        const say = readPlain(opened)?.say;
        this.received++;
        const isConfirm = !this.isConfirmed;
        this.isConfirmed = true;
        this.oweAck(isConfirm || say !== undefined);
        if (isConfirm) this.options.hooks.onConfirm?.();
        if (say !== undefined) this.options.hooks.onPayload(say);
      }
    } finally {
      this.isDelivering = false;
    }
  }

  private flush(): void {
    // A carrier may bring the answer in at once: the loop that runs goes on with what it allows.
    if (this.isFlushing) return;
    this.isFlushing = true;
    try {
      while (!this.isDestroyed && this.maySay() && this.outbox.payloads < MAX_PAYLOADS_UNDER_WAY) {
        const say = this.waiting.shift();
        if (say === undefined) return;
        this.seal(encodePlain(this.tellNow(), say), true);
      }
    } finally {
      this.isFlushing = false;
    }
  }

  private seal(plain: Buffer, isPayload: boolean): void {
    const { keys, hooks } = this.options;
    const seq = this.outbox.sealed;
    if (seq >= MAX_FRAMES) throw errors.internal('a session of too many frames');
    const frame = sealFrame(keys.send, this.sending, seq, plain);
    this.outbox.add(frame, isPayload);
    if (isPayload) this.startResend();
    hooks.carry([frame]);
  }

  private oweAck(isWorthOne: boolean): void {
    this.owes ||= isWorthOne || this.received - this.told >= MUCH_UNTOLD;
    if (!this.owes || this.isDestroyed || this.ackTimer !== undefined) return;
    this.ackTimer = this.clock.set(() => {
      this.ackTimer = undefined;
      this.tellAck();
    }, this.options.pace().ackMs);
  }

  /** A frame that says nothing else; or once more those that said it, when they may be lost. */
  private tellAck(): void {
    if (this.isDestroyed) return;
    const hasNews = this.received > this.told;
    if (hasNews && this.maySay()) {
      this.seal(encodePlain(this.tellNow()), false);
      return;
    }
    // Owed on, until there is room again.
    this.owes = hasNews;
    this.carryAgain();
  }

  /** Whether JSON may be sealed: both have confirmed, and the other side will take it. */
  private maySay(): boolean {
    const hasBegun = this.options.use === 'chat' || this.outbox.sealed > 0;
    return hasBegun && this.isConfirmed && this.outbox.size < WINDOW;
  }

  /** How much was received, for the frame that is sealed next. */
  private tellNow(): number {
    this.told = this.received;
    this.owes = false;
    this.stopAck();
    return this.received;
  }

  private progressed(): void {
    this.resendMs = undefined;
    this.stopResend();
    this.startResend();
    this.oweAck(false);
  }

  private startResend(): void {
    if (this.isDestroyed || this.resendTimer !== undefined || this.outbox.payloads === 0) return;
    this.resendMs ??= this.options.pace().resendMs;
    this.resendTimer = this.clock.set(() => {
      this.resendTimer = undefined;
      const isLate = (this.resendMs ?? 0) > this.options.pace().resendMs;
      this.resendMs = Math.min((this.resendMs ?? 0) * 2, MAX_RESEND_MS);
      this.resend(isLate);
    }, this.resendMs);
  }

  private resend(isLate = false): void {
    this.stopResend();
    this.startResend();
    this.carryAgain(isLate);
  }

  private carryAgain(isLate = false): void {
    const frames = this.outbox.frames(MAX_RESEND_BYTES);
    const { hooks } = this.options;
    if (frames.length === 0) return;
    if (hooks.resend === undefined) hooks.carry(frames);
    else hooks.resend(frames, isLate);
  }

  private stopAck(): void {
    this.clock.clear(this.ackTimer);
    this.ackTimer = undefined;
  }

  private stopResend(): void {
    this.clock.clear(this.resendTimer);
    this.resendTimer = undefined;
  }
}

/** With one key: far from what AES-GCM allows, and from where numbers end. */
const MAX_FRAMES = 2 ** 32;

/** Nobody's process goes on only because something was not acknowledged. */
const NODE_CLOCK: StreamClock = {
  set: (work, ms) => setTimeout(work, ms).unref(),
  clear: (timer) => {
    clearTimeout(timer as NodeJS.Timeout | undefined);
  },
};
