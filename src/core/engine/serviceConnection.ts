import { createAtsClient } from '../ats/client';
import type { AtsClient, AtsWatcher, TaskEvent, WatchState } from '../ats/types';
import { createAtsWatcher } from '../ats/watcher';
import type { EngineConfig } from '../engineConfig';
import { errors, toBeelineError } from '../errors';
import { createSwarm, type Swarm } from '../swarm/swarm';
import { FILE_OFFER } from './offerPayload';
import type { Place } from './records';

/**
 * One task service as one actor, and the swarm that goes with it. A new configuration makes a new
 * connection; the old one stays until the transfers that began on it have ended.
 */
export class ServiceConnection {
  readonly place: Place;
  readonly client: AtsClient;
  private readonly watcher: AtsWatcher;
  private readonly channels: Set<string>;
  private swarms: { readonly key: string; readonly swarm: Promise<Swarm> }[] = [];
  private users = 0;
  private retired = false;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly config: EngineConfig,
    hooks: {
      onEvent(event: TaskEvent): void;
      onState(state: WatchState): void;
    },
  ) {
    this.place = placeOf(config);
    const options = {
      url: config.atsUrl,
      actor: { type: config.actorType, id: config.actorId, name: config.actorName },
      ...(config.organization !== undefined && { organization: config.organization }),
      ...(config.project !== undefined && { project: config.project }),
      ...(config.apiKey !== undefined && { apiKey: config.apiKey }),
    };
    this.client = createAtsClient(options);
    this.channels = new Set([config.channel]);
    this.watcher = createAtsWatcher(
      { ...options, client: this.client, channels: [...this.channels], taskTypes: [FILE_OFFER] },
      {
        onEvent: (event) => {
          hooks.onEvent(event);
        },
        onState: (state) => {
          hooks.onState(state);
        },
      },
    );
  }

  get state(): WatchState {
    return this.watcher.state;
  }

  start(): void {
    this.watcher.start();
  }

  /** Offers may be posted on other channels than the one that is watched for incoming ones. */
  watchChannel(channel: string): void {
    if (this.channels.has(channel)) return;
    this.channels.add(channel);
    this.watcher.setChannels([...this.channels]);
  }

  /**
   * The swarm of the bootstrap nodes that hold now: a hub that was restarted may have moved its own.
   * @throws NATIVE_MISSING
   */
  async swarm(): Promise<Swarm> {
    const bootstrap = this.config.bootstrap ?? (await this.bootstrapOfHub());
    if (this.closing !== undefined) throw errors.interrupted();
    const key = bootstrap?.join(' ') ?? '';
    const known = this.swarms.find((entry) => entry.key === key);
    if (known !== undefined) return known.swarm;
    const entry = { key, swarm: createSwarm(bootstrap) };
    this.swarms.push(entry);
    entry.swarm.catch(() => {
      this.swarms = this.swarms.filter((other) => other !== entry);
    });
    return entry.swarm;
  }

  /** Keeps the connection for one transfer. Returns what lets it go. */
  use(): () => void {
    this.users += 1;
    let used = true;
    return () => {
      if (!used) return;
      used = false;
      this.users -= 1;
      if (this.retired && this.users === 0) void this.close();
    };
  }

  /** Closes when nothing uses it any more. */
  retire(): void {
    this.retired = true;
    if (this.users === 0) void this.close();
  }

  close(): Promise<void> {
    this.closing ??= (async () => {
      await this.watcher.stop();
      const swarms = this.swarms.splice(0);
      await Promise.allSettled(swarms.map(async ({ swarm }) => (await swarm).destroy()));
    })();
    return this.closing;
  }

  private async bootstrapOfHub(): Promise<readonly string[] | undefined> {
    try {
      const said = (await this.client.discover())?.bootstrap;
      return said === undefined || said.length === 0 ? undefined : said;
    } catch (thrown) {
      const last = this.swarms.at(-1);
      if (last === undefined || toBeelineError(thrown).code !== 'ATS_UNREACHABLE') throw thrown;
      return last.key === '' ? undefined : last.key.split(' ');
    }
  }
}

export function placeOf(config: EngineConfig): Place {
  return {
    atsUrl: config.atsUrl,
    actorId: config.actorId,
    ...(config.organization !== undefined && { organization: config.organization }),
    ...(config.project !== undefined && { project: config.project }),
  };
}
