import { errors, toBeelineError } from '../../errors';
import type { Identity } from '../../identity/identity';
import type { Link, LinkHooks, Links } from '../../swarm/links';
import type { Swarm } from '../../swarm/swarm';
import { patiently } from '../patiently';
import type { ServiceConnection } from '../serviceConnection';
import type { PairedAgent } from './roster';

export interface LinkKeeperParts {
  readonly identity: Identity;
  readonly peers: () => readonly (PairedAgent & { readonly kid: string })[];
  readonly version: string;
  readonly log: (line: string) => void;
  readonly hooks: LinkHooks;
}

/** What this engine says of itself in each hello: it takes the `beeline/session` channel. */
export const SESSION_FEATURE = 'session';

/** Whether the other side takes that channel, as it said in its own hello. */
export function takesSessions({ remote }: Link): boolean {
  return remote.features.includes(SESSION_FEATURE);
}

interface Network {
  readonly swarm: Swarm;
  readonly key: string;
}

/**
 * Keeps the links on the network that holds now: made when there is somebody to link to, made anew
 * when the hub, its DHT or the settings change.
 */
export class LinkKeeper {
  private links: Links | undefined;
  private network: Network | undefined;
  private connection: ServiceConnection | undefined;
  private working: Promise<void> = Promise.resolve();
  private readonly stopped = new AbortController();
  private attempt = new AbortController();
  private readonly waiting = new Map<string, Set<(link: Link) => void>>();

  constructor(private readonly parts: LinkKeeperParts) {}

  /** Moves to another connection, or looks whether this one's network is still the same. */
  use(connection: ServiceConnection): void {
    this.connection = connection;
    this.attempt.abort(errors.interrupted());
    const attempt = new AbortController();
    this.attempt = attempt;
    const signal = AbortSignal.any([attempt.signal, this.stopped.signal]);
    this.working = this.working.then(() => this.settle(connection, signal)).catch(() => undefined);
  }

  /** The book changed. */
  refresh(): void {
    if (this.links !== undefined) this.links.setPeers(this.parts.peers());
    else if (this.connection !== undefined) this.use(this.connection);
  }

  lookAgain(kid?: string): void {
    this.links?.lookAgain(kid);
  }

  find(kid: string): Link | undefined {
    return this.links?.find(kid);
  }

  /** Resolves with the link once the agent is online. Rejects with the signal's reason. */
  async waitFor(kid: string, signal: AbortSignal): Promise<Link> {
    signal.throwIfAborted();
    const link = this.find(kid);
    if (link !== undefined) return link;
    return new Promise((resolve, reject) => {
      const waiters = this.waiting.get(kid) ?? new Set();
      this.waiting.set(kid, waiters);
      const stop = (): void => {
        waiters.delete(found);
        reject(signal.reason as Error);
      };
      const found = (online: Link): void => {
        waiters.delete(found);
        signal.removeEventListener('abort', stop);
        resolve(online);
      };
      waiters.add(found);
      signal.addEventListener('abort', stop, { once: true });
      this.lookAgain(kid);
    });
  }

  /** Closes all links, and makes no more. */
  async stop(): Promise<void> {
    this.stopped.abort(errors.interrupted());
    await this.working;
    await this.drop();
  }

  private async settle(connection: ServiceConnection, signal: AbortSignal): Promise<void> {
    const over = (): boolean => signal.aborted;
    if (over()) return;
    const peers = this.parts.peers();
    if (peers.length === 0 && this.links === undefined) return;
    try {
      const { swarm, relays, hubRelay, directOnly } = await patiently(
        () => connection.network(),
        signal,
      );
      const key = JSON.stringify([relays, hubRelay, directOnly]);
      if (over()) return;
      if (this.links !== undefined && this.network?.swarm === swarm && this.network.key === key) {
        this.links.setPeers(peers);
        this.links.lookAgain();
        return;
      }
      await this.drop();
      this.network = { swarm, key };
      const { identity, version, log } = this.parts;
      this.links = swarm.links(
        {
          identity,
          relays,
          directOnly,
          version,
          features: [SESSION_FEATURE],
          log,
          ...(hubRelay &&
            !directOnly && {
              openHubRelay: (token: Buffer, side: 'low' | 'high', ended: AbortSignal) =>
                connection.client.openRelay(token, side, ended),
            }),
        },
        this.hooks(),
      );
      this.links.setPeers(this.parts.peers());
    } catch (thrown) {
      if (!over()) this.parts.log(`links: ${toBeelineError(thrown).message}`);
    }
  }

  private hooks(): LinkHooks {
    const { hooks } = this.parts;
    return {
      ...hooks,
      onOnline: (link) => {
        hooks.onOnline(link);
        for (const found of [...(this.waiting.get(link.kid) ?? [])]) found(link);
      },
    };
  }

  private async drop(): Promise<void> {
    const { links } = this;
    this.links = undefined;
    this.network = undefined;
    await links?.destroy();
  }
}
