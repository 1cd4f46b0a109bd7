import type { Database } from '../database/database';
import { EVENT_CHANNEL, eventsAfter, latestEventId, type HubEvent } from './eventLog';

/** Events read at once; a hub that was cut off reads on until there are no more. */
const BATCH = 100;

/**
 * Tells every event once and in order, whichever hub on this database made it.
 * Notifications only wake it: what is told is what stands in the log after the last one told.
 */
export class EventPump {
  private last = 0;
  private state: 'idle' | 'pumping' | 'pumpingAndWoken' | 'stopped' = 'stopped';
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly tell: (event: HubEvent) => void,
    private readonly log: (line: string) => void,
  ) {}

  async start(): Promise<void> {
    await this.database.listen(EVENT_CHANNEL, () => {
      this.wake();
    });
    this.last = await latestEventId(this.database);
    this.state = 'idle';
  }

  wake(): void {
    if (this.state === 'pumping') this.state = 'pumpingAndWoken';
    if (this.state !== 'idle') return;
    this.state = 'pumping';
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.state = 'stopped';
    await this.running;
  }

  private async run(): Promise<void> {
    do {
      if (this.state === 'stopped') return;
      this.state = 'pumping';
      try {
        await this.drain();
      } catch (error) {
        // The next notification, reconnection or sweep tries again from the same place.
        this.log(`Events cannot be read: ${String(error)}`);
      }
    } while (this.wasWoken());
    if (!this.isStopped()) this.state = 'idle';
  }

  private async drain(): Promise<void> {
    for (;;) {
      const events = await eventsAfter(this.database, this.last, BATCH);
      for (const { id, event } of events) {
        this.last = id;
        this.tell(event);
      }
      if (events.length < BATCH || this.isStopped()) return;
    }
  }

  private wasWoken(): boolean {
    return this.state === 'pumpingAndWoken';
  }

  private isStopped(): boolean {
    return this.state === 'stopped';
  }
}
