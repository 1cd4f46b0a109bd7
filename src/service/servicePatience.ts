import type { ErrorCode, ErrorData } from '../core/errors';
import type { ServiceState } from '../core/events';

/** Milliseconds a service may be away before a command that has not begun gives up. */
const SERVICE_PATIENCE_MS = 10_000;

/** Waiting does not help against these: somebody has to change a setting. */
const hopeless: readonly ErrorCode[] = [
  'ATS_UNAUTHORIZED',
  'ATS_BAD_ANSWER',
  'ATS_NOT_FOUND',
  'CONFIG_INVALID',
  'NATIVE_MISSING',
];

export function isHopeless(error: ErrorData): boolean {
  return hopeless.includes(error.code);
}

/** Decides when a service that cannot be reached is a failure rather than a pause. */
export class ServicePatience {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly onGiveUp: (error: ErrorData) => void,
    private readonly patienceMs: number = SERVICE_PATIENCE_MS,
  ) {}

  take(state: ServiceState): void {
    if (state.kind === 'online') this.stop();
    if (state.kind !== 'unreachable') return;
    if (isHopeless(state.error)) {
      this.stop();
      this.onGiveUp(state.error);
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.onGiveUp(state.error);
    }, this.patienceMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
