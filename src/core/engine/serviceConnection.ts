import { createAtsClient } from '../ats/client';
import type { AtsClient, AtsWatcher, HubInfo, TaskEvent, WatchState } from '../ats/types';
import { createAtsWatcher } from '../ats/watcher';
import type { EngineConfig } from '../engineConfig';
import { errors, toBeelineError } from '../errors';
import { createSwarm, type Swarm } from '../swarm/swarm';
import type { HubMemory } from './hubMemory';
import { FILE_OFFER } from './offerPayload';
import { P2P_SESSION } from './sessionType';
import type { Place } from './records';
import { RelayPass } from './relayPass';

/**
 * One task service as one actor, and the swarm that goes with it. A new configuration makes a new
 * connection; the old one stays until the transfers that began on it have ended.
 */
export class ServiceConnection {
  readonly place: Place;
  readonly client: AtsClient;
  private readonly watcher: AtsWatcher;
  private readonly pass: RelayPass;
  private readonly channels: Set<string>;
  private swarms: { readonly key: string; readonly swarm: Promise<Swarm> }[] = [];
  private users = 0;
  private retired = false;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly config: EngineConfig,
    private readonly hubs: HubMemory,
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
    this.pass = new RelayPass(this.client);
    this.channels = new Set([config.channel]);
    this.watcher = createAtsWatcher(
      {
        ...options,
        client: this.client,
        channels: [...this.channels],
        taskTypes: [FILE_OFFER, P2P_SESSION],
      },
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
   * @throws NATIVE_MISSING, ATS_*
   */
  async swarm(): Promise<Swarm> {
    return (await this.network()).swarm;
  }

  /** The swarm, and the relays that links on it may use. @throws NATIVE_MISSING, ATS_* */
  async network(): Promise<Network> {
    const { bootstrap, relays = [], directOnly = false } = this.config;
    const hub = await this.askHub(bootstrap !== undefined);
    const nodes = bootstrap ?? hub?.bootstrap ?? [];
    const swarm = await this.swarmOf(nodes.length === 0 ? undefined : nodes);
    if (hub?.relay !== undefined && !directOnly) this.pass.show(swarm.publicKey);
    return {
      swarm,
      relays: [...new Set([...relays, ...(hub?.relay === undefined ? [] : [hub.relay.key])])],
      hubRelay: hub?.relay !== undefined,
      directOnly,
    };
  }

  private swarmOf(bootstrap: readonly string[] | undefined): Promise<Swarm> {
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
      this.pass.stop();
      await this.watcher.stop();
      const swarms = this.swarms.splice(0);
      await Promise.allSettled(swarms.map(async ({ swarm }) => (await swarm).destroy()));
      await this.hubs.flush();
    })();
    return this.closing;
  }

  /** What the hub says, or said when it was last there. @throws ATS_* when nobody knows it */
  private async askHub(optional: boolean): Promise<HubInfo | undefined> {
    const { atsUrl } = this.config;
    try {
      const said = await this.client.discover();
      // Once this is closed the engine may have stopped, and its home is no longer its own.
      if (said !== undefined && this.closing === undefined) await this.hubs.remember(atsUrl, said);
      return said;
    } catch (thrown) {
      const known = await this.hubs.recall(atsUrl);
      const away = toBeelineError(thrown).code === 'ATS_UNREACHABLE';
      if (optional || (known !== undefined && away)) return known;
      throw thrown;
    }
  }
}

export interface Network {
  readonly swarm: Swarm;
  /** Keys of blind relays, 64 hex digits. */
  readonly relays: readonly string[];
  /** Whether the hub joins WebSockets, for networks without UDP. */
  readonly hubRelay: boolean;
  readonly directOnly: boolean;
}

export function placeOf(config: EngineConfig): Place {
  return {
    atsUrl: config.atsUrl,
    actorId: config.actorId,
    ...(config.organization !== undefined && { organization: config.organization }),
    ...(config.project !== undefined && { project: config.project }),
  };
}
