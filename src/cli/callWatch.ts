import type { Call, CallEnd } from '../core/callEvents';
import type { Agent, EngineEvent } from '../core/events';
import { callReport } from './callReport';
import type { Reporter } from './output/report';

/** Milliseconds in which the other side's call follows ours that gave way to it. */
const YIELD_MS = 3000;

/** Follows one call with one agent, and tells each state once. */
export class CallWatch {
  readonly ended: Promise<CallEnd>;
  #end: (reason: CallEnd) => void = () => undefined;
  #callId: string | undefined;
  #told = '';
  #isLeaving = false;
  /** Ours gave way, as it seems, to a call that the other side made at the same moment. */
  #yielded: NodeJS.Timeout | undefined;
  readonly #waiting = new Map<string, () => void>();

  constructor(
    private readonly agent: Agent,
    private readonly reporter: Reporter,
  ) {
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  /** Undefined before it has begun, and after it has ended. */
  get callId(): string | undefined {
    return this.#callId;
  }

  follow(callId: string): void {
    const before = this.#callId;
    this.#callId = callId;
    this.#told = '';
    if (before !== undefined && before !== callId) this.#waiting.get(before)?.();
  }

  /** Resolves when another call is followed than this one. */
  isOther(callId: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.#callId !== callId) resolve();
      else this.#waiting.set(callId, resolve);
    });
  }

  /** The person here hangs up: whatever ends now is meant to. */
  leave(): void {
    this.#isLeaving = true;
  }

  take(event: EngineEvent): void {
    if (event.type === 'calls') this.takeCalls(event.calls);
    if (event.type === 'moved') {
      this.takeCalls(event.snapshot.calls);
      // Calls end with the engine that held them.
      if (!event.snapshot.calls.some((one) => one.callId === this.#callId)) this.#finish('failed');
    }
  }

  takeCalls(calls: readonly Call[]): void {
    if (this.#callId === undefined) return;
    const theirs = calls.filter(
      ({ agent, direction, state }) =>
        agent.kid === this.agent.kid && direction === 'in' && state.kind !== 'ended',
    );
    const own = calls.find((one) => one.callId === this.#callId);
    const hasEnded = own === undefined ? this.#yielded !== undefined : own.state.kind === 'ended';
    // Ours is accepted as theirs; a call that only rings is one that somebody has yet to answer.
    const other = theirs.find(({ state }) => state.kind !== 'ringing');
    if (other !== undefined && other.callId !== this.#callId && (own === undefined || hasEnded)) {
      clearTimeout(this.#yielded);
      this.#yielded = undefined;
      this.follow(other.callId);
      this.#tell(other);
      return;
    }
    if (own !== undefined) this.#see(own);
  }

  #see(call: Call): void {
    const { state } = call;
    const mayYield =
      state.kind === 'ended' &&
      state.reason === 'cancelled' &&
      call.direction === 'out' &&
      !this.#isLeaving;
    if (mayYield) {
      this.#yielded ??= setTimeout(() => {
        this.#tell(call);
        this.#finish('cancelled');
      }, YIELD_MS);
      return;
    }
    this.#tell(call);
    if (state.kind === 'ended') this.#finish(state.reason);
  }

  #tell(call: Call): void {
    const key = `${call.state.kind} ${call.state.kind === 'connected' ? call.state.path : ''}`;
    if (key === this.#told) return;
    this.#told = key;
    this.reporter.tell(callReport(call));
  }

  #finish(reason: CallEnd): void {
    clearTimeout(this.#yielded);
    this.#callId = undefined;
    this.#end(reason);
  }
}
