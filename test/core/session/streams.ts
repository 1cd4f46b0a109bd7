import type { SessionSide, SessionUse } from '../../../src/core/identity/sessionKeys';
import {
  FAST_PACE,
  SealedStream,
  type Pace,
  type StreamClock,
} from '../../../src/core/session/sealedStream';

/** Time that passes when a test says so. */
export class HandClock implements StreamClock {
  now = 0;
  private readonly timers = new Map<number, { readonly at: number; readonly work: () => void }>();
  private count = 0;

  set(work: () => void, ms: number): number {
    this.timers.set(++this.count, { at: this.now + ms, work });
    return this.count;
  }

  clear(timer: unknown): void {
    this.timers.delete(timer as number);
  }

  get pending(): number {
    return this.timers.size;
  }

  /** Runs what is due within so many milliseconds, in its order. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = [...this.timers].sort(([, one], [, other]) => one.at - other.at)[0];
      if (due === undefined || due[1].at > end) break;
      this.timers.delete(due[0]);
      this.now = due[1].at;
      due[1].work();
    }
    this.now = end;
  }
}

/** One end of a stream, with what it heard, and what it gave to be carried. */
export class End {
  readonly heard: object[] = [];
  /** Every frame that was given to a carrier, again ones too. */
  readonly carried: Buffer[] = [];
  confirmed = 0;
  /** Told of each frame, as it is carried. */
  onCarry: (frame: Buffer) => void = () => undefined;
  onPayload: (payload: object) => void = () => undefined;
  pace: Pace = FAST_PACE;
  readonly stream: SealedStream;

  constructor(parts: {
    readonly keys: { readonly send: Buffer; readonly receive: Buffer };
    readonly sessionId: string;
    readonly side: SessionSide;
    readonly use: SessionUse;
    readonly clock: HandClock;
  }) {
    this.stream = new SealedStream({
      ...parts,
      pace: () => this.pace,
      hooks: {
        carry: (frames) => {
          for (const frame of frames) {
            this.carried.push(frame);
            this.onCarry(frame);
          }
        },
        onPayload: (payload) => {
          this.heard.push(payload);
          this.onPayload(payload);
        },
        onConfirm: () => {
          this.confirmed++;
        },
      },
    });
  }
}

/** Both ends of one use of one session; nothing is carried between them but by the test. */
export function endsOf(
  use: SessionUse,
  clock: HandClock,
  keys: { readonly caller: Buffer; readonly callee: Buffer },
  sessionId: string,
): { readonly caller: End; readonly callee: End } {
  const parts = { use, clock, sessionId };
  // Copies, since each end overwrites its own.
  const [caller, callee] = [Buffer.from(keys.caller), Buffer.from(keys.callee)];
  return {
    caller: new End({
      ...parts,
      side: 'caller',
      keys: { send: keys.caller, receive: keys.callee },
    }),
    callee: new End({ ...parts, side: 'callee', keys: { send: callee, receive: caller } }),
  };
}
