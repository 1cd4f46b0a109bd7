import type { BootstrapNode } from './bootstrapNode';
import type { Database } from './database/database';
import { isLoopback } from '../core/loopback';
import type { HubLimits } from './limits';

/**
 * The other hubs on this database, whose DHT nodes and ours make one network.
 * Each hub writes its node's address into the database, again and again, and greets the nodes of
 * the others as often: so it does not matter who starts first, and a network that fell apart grows
 * together.
 */
export class Neighbours {
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> = Promise.resolve();
  private checking: Promise<void> | undefined;
  private stopped = false;
  private others: readonly string[] = [];
  /** Those of them that answered when they were greeted last. */
  private readonly answering = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly dht: BootstrapNode,
    private readonly limits: HubLimits,
    private readonly log: (line: string) => void,
  ) {}

  /** Resolves when the nodes of the hubs that run already know those of this one. */
  async start(): Promise<void> {
    this.beating = this.beat();
    await this.beating;
    this.schedule();
  }

  /**
   * `HOST:PORT` of the nodes that answer right now, without our own. A dead one in its list costs a
   * client 6 to 12 seconds for each meeting, while one that is left out costs nothing: every node
   * leads to all others.
   */
  async addresses(): Promise<readonly string[]> {
    this.checking ??= this.greet([...this.answering]).finally(() => {
      this.checking = undefined;
    });
    await this.checking;
    return [...this.answering];
  }

  /** Comes before the end of the DHT node, so that nobody is sent to it any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await Promise.all([this.beating, this.checking]);
    await this.database
      .query('delete from hubs where bootstrap = $1::text', [this.dht.address])
      .catch((error: unknown) => {
        this.log(`The hub cannot be struck off its database: ${String(error)}`);
      });
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.beating = this.beat().finally(() => {
        this.schedule();
      });
    }, this.limits.beatMs);
  }

  private async beat(): Promise<void> {
    try {
      this.others = await this.showUp();
    } catch (error) {
      // The network of nodes needs no database, so those known are greeted on.
      this.log(`Other hubs cannot be looked up: ${String(error)}`);
    }
    await this.greet(this.others);
  }

  private async greet(addresses: readonly string[]): Promise<void> {
    const before = [...this.answering];
    await Promise.allSettled(
      addresses.map(async (address) => {
        if (await this.dht.greet(address)) this.answering.add(address);
        else this.answering.delete(address);
      }),
    );
    for (const address of this.answering) {
      if (!this.others.includes(address)) this.answering.delete(address);
    }
    // The companions of one that went, whose addresses nobody told us, went with it.
    if (before.some((address) => !this.answering.has(address))) await this.dht.forgetSilent();
  }

  /** Writes our own row, strikes off hubs that were killed, and reads who is left. */
  private async showUp(): Promise<string[]> {
    const { database, dht, limits } = this;
    await database.query(
      `insert into hubs (bootstrap, seen_at) values ($1::text, clock_timestamp())
       on conflict (bootstrap) do update set seen_at = excluded.seen_at`,
      [dht.address],
    );
    await database.query(
      `delete from hubs
       where seen_at < clock_timestamp() - $1::float8 * interval '1 millisecond'`,
      [limits.staleMs],
    );
    const rows = await database.query<{ bootstrap: string }>(
      'select bootstrap from hubs where bootstrap <> $1::text order by bootstrap',
      [dht.address],
    );
    return rows.map((row) => row.bootstrap).filter((other) => sameReach(other, dht.address));
  }
}

/** A node on loopback and one on a network cannot reach each other's clients. */
function sameReach(one: string, other: string): boolean {
  return isLoopback(hostOf(one)) === isLoopback(hostOf(other));
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'));
}
