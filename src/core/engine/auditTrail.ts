import { toBeelineError } from '../errors';
import { patiently } from './patiently';

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
   * want it (the task has moved on), `stopped` when the engine went first. A service may hang up
   * after a step was taken; the second try is then refused, which is fine.
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
    try {
      await patiently(write, this.stopped);
      return 'written';
    } catch (thrown) {
      if (this.stopped.aborted) return 'stopped';
      this.log(`${what}: ${toBeelineError(thrown).message}`);
      return 'refused';
    }
  }
}
