import type { Database } from './database/database';
import { forgetOldEvents } from './events/eventLog';
import type { EventPump } from './events/eventPump';
import { sweepLeases } from './tasks/leaseSweeper';

/** Old events are few and only take room, so they wait, milliseconds. */
const FORGET_MS = 10 * 60 * 1000;

/** Looks, again and again, for what happens without a request. Never two looks at once. */
export class Sweeper {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private forgetAt = 0;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly pump: EventPump,
    private readonly everyMs: number,
    private readonly log: (line: string) => void,
  ) {
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.sweep().finally(() => {
        this.schedule(this.everyMs);
      });
    }, ms);
  }

  private async sweep(): Promise<void> {
    // Notifications can get lost with a connection that died silently; events then come this way.
    this.pump.wake();
    try {
      await sweepLeases(this.database);
      if (performance.now() >= this.forgetAt) {
        this.forgetAt = performance.now() + FORGET_MS;
        await forgetOldEvents(this.database);
      }
    } catch (error) {
      this.log(`Leases cannot be looked through: ${String(error)}`);
    }
  }
}
