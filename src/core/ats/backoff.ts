export interface BackoffLimits {
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
}

/**
 * Milliseconds to wait before the next attempt, after so many failures in a row.
 * Exponential with full jitter, so that the clients of a service that restarts come back spread
 * over the whole interval instead of all at once.
 */
export function backoffDelay(failures: number, limits: BackoffLimits): number {
  // Beyond 2^30 nothing grows any more, and the power stays a finite number.
  const ceiling = limits.backoffMinMs * 2 ** Math.min(failures, 30);
  return Math.random() * Math.min(limits.backoffMaxMs, ceiling);
}
