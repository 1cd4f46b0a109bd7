import { setTimeout as delay } from 'node:timers/promises';
import { toBeelineError } from '../errors';

/** Milliseconds between tries while the service is away: soon after a restart, gently for hours. */
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 10_000;

/**
 * Writes a transfer's steps into its task, in order, and goes on trying while the service is away:
 * bytes do not wait for the audit, the audit catches up.
 */
export class AuditTrail {
  private tail: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly stopped: AbortSignal,
    private readonly log: (line: string) => void,
  ) {}

  /**
   * Queues a step. Resolves with what became of it: `refused` when the service answered and did not
   * want it (the task has moved on), `stopped` when the engine went first.
   */
  step(what: string, write: () => Promise<unknown>): Promise<'written' | 'refused' | 'stopped'> {
    const step = this.tail.then(() => this.persist(what, write));
    this.tail = step;
    return step;
  }

  private async persist(
    what: string,
    write: () => Promise<unknown>,
  ): Promise<'written' | 'refused' | 'stopped'> {
    for (
      let wait = FIRST_RETRY_MS;
      !this.stopped.aborted;
      wait = Math.min(wait * 2, LONGEST_RETRY_MS)
    ) {
      try {
        await write();
        return 'written';
      } catch (thrown) {
        const error = toBeelineError(thrown);
        if (error.code !== 'ATS_UNREACHABLE') {
          this.log(`${what}: ${error.message}`);
          return 'refused';
        }
      }
      // Some services hang up after a step was taken; the second try is then refused, which is fine.
      await delay(wait, undefined, { signal: this.stopped }).catch(() => undefined);
    }
    return 'stopped';
  }
}
