import type { TaskEvent } from '../ats/types';
import { errors, toBeelineError } from '../errors';
import { isEnded, type EngineEvent, type Transfer, type TransferState } from '../events';
import type { Home } from '../home/home';
import { AuditTrail } from './auditTrail';
import type { History } from './history';
import type { ServiceConnection } from './serviceConnection';
import { TaskFeed } from './taskFeed';
import { EngineStopped, type Ended, type TransferContext } from './transferContext';

/** Milliseconds that a finished transfer's last step may take when the engine stops. */
const LAST_STEP_MS = 3000;

interface Running {
  transfer: Transfer;
  readonly connection: ServiceConnection;
  readonly feed: TaskFeed;
  readonly cancel: AbortController;
  /** Ends the writing of the audit as well; only when the engine goes. */
  readonly stop: AbortController;
  /** Whether the shells know the transfer as it is now. */
  told: boolean;
  done: Promise<void>;
}

/** The transfers of this engine that have not ended: started, told apart, and let go. */
export class RunningTransfers {
  private readonly running = new Map<string, Running>();

  constructor(
    private readonly parts: {
      readonly home: Home;
      readonly history: History;
      readonly log: (line: string) => void;
      readonly emit: (event: EngineEvent) => void;
    },
  ) {}

  list(): Transfer[] {
    return [...this.running.values()].map(({ transfer }) => transfer).reverse();
  }

  has(transferId: string): boolean {
    return this.running.has(transferId);
  }

  /** Passes a task event on. False when no transfer of that connection is about this task. */
  tell(connection: ServiceConnection, event: TaskEvent): boolean {
    for (const running of this.running.values()) {
      if (running.connection !== connection || running.transfer.taskId !== event.task.id) continue;
      running.feed.tell(event);
      return true;
    }
    return false;
  }

  launch(
    connection: ServiceConnection,
    transfer: Transfer,
    journal: 'outgoing' | 'incoming',
    timeoutMs: number,
    run: (context: TransferContext) => Promise<Ended>,
  ): void {
    const cancel = new AbortController();
    const stop = new AbortController();
    const release = connection.use();
    const running: Running = {
      transfer,
      connection,
      feed: new TaskFeed(),
      cancel,
      stop,
      told: false,
      done: Promise.resolve(),
    };
    this.running.set(transfer.transferId, running);
    this.report(running, transfer.state);
    const context: TransferContext = {
      connection,
      home: this.parts.home,
      feed: running.feed,
      audit: new AuditTrail(stop.signal, this.parts.log),
      timeoutMs,
      signal: cancel.signal,
      report: (state) => {
        this.report(running, state);
      },
      posted: (taskId) => {
        if (running.transfer.taskId === taskId) return;
        running.transfer = { ...running.transfer, taskId };
        running.told = false;
        this.report(running, running.transfer.state);
      },
      log: this.parts.log,
    };
    running.done = run(context)
      .then(
        (ended) => this.end(running, journal, ended),
        (thrown: unknown) => this.failed(running, journal, thrown),
      )
      .catch((thrown: unknown) => {
        this.parts.log(toBeelineError(thrown).message);
      })
      .finally(() => {
        this.running.delete(transfer.transferId);
        release();
      });
  }

  /** Resolves when the transfer has ended, or after `graceMs`. */
  async cancel(transferId: string, graceMs: number): Promise<void> {
    const running = this.running.get(transferId);
    // One that has ended only writes its audit, for as long as that takes.
    if (running === undefined || isEnded(running.transfer)) return;
    running.cancel.abort(errors.cancelled());
    await within(graceMs, running.done);
  }

  async cancelAll(graceMs: number): Promise<void> {
    await Promise.all([...this.running.keys()].map((id) => this.cancel(id, graceMs)));
  }

  /** Lets all go as they are: journaled, for the next engine. */
  async letGo(): Promise<void> {
    const all = [...this.running.values()];
    for (const { cancel } of all) cancel.abort(new EngineStopped());
    const done = Promise.all(all.map((running) => running.done));
    await within(LAST_STEP_MS, done);
    for (const { stop } of all) stop.abort();
    await within(LAST_STEP_MS, done);
  }

  private report(running: Running, state: TransferState): void {
    if (running.told && same(running.transfer.state, state)) return;
    // What still comes from a conversation that is over must not bring it back to life.
    if (isEnded(running.transfer) && state.kind !== 'completed' && state.kind !== 'failed') return;
    running.told = true;
    running.transfer = { ...running.transfer, state };
    this.parts.emit({ type: 'transfer', transfer: running.transfer });
  }

  private async end(
    running: Running,
    journal: 'outgoing' | 'incoming',
    ended: Ended,
  ): Promise<void> {
    this.report(running, ended);
    // First the history, then the journal: a crash in between repeats a step instead of losing one.
    await this.parts.history.add(running.transfer);
    await this.parts.home.remove(journal, running.transfer.transferId);
  }

  private async failed(
    running: Running,
    journal: 'outgoing' | 'incoming',
    thrown: unknown,
  ): Promise<void> {
    if (thrown instanceof EngineStopped) return;
    await this.end(running, journal, { kind: 'failed', error: toBeelineError(thrown).toData() });
  }
}

function same(one: TransferState, other: TransferState): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

async function within(ms: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([done.catch(() => undefined), late]);
  clearTimeout(timer);
}
