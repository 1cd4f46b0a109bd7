import type HyperDHT from 'hyperdht';
import type { KeyPair } from 'hyperdht';
import type { PeerInfo } from 'hyperswarm';
import type NoiseStream from '@hyperswarm/secret-stream';
import { BeelineError, errors } from '../errors';
import type { LinkPath } from '../events';
import type { Identity } from '../identity/identity';
import { OwnProcess, proveLink } from '../identity/linkProof';
import { AgentLinks } from './agentLinks';
import { Doorway } from './doorway';
import { HubWay, type OpenHubRelay } from './hubWay';
import { LinkConnection } from './linkConnection';
import type { Link, LinkHooks, LinkPeer, Links } from './links';
import type { Network } from './network';
import { trackRelays, type RelayTracker } from './relayTracker';
import { Rendezvous } from './rendezvous';
import { swarmNode, type SwarmNode } from './swarmNode';

export interface LinksOptions {
  readonly identity: Identity;
  /** Blind relays, hex keys, used when there is no direct way. */
  readonly relays: readonly string[];
  /** No relay, also not one that the other side wishes, and no place at the hub. */
  readonly directOnly: boolean;
  /** The last way; without it there is none. */
  readonly openHubRelay?: OpenHubRelay | undefined;
  /** Of the program; said to agents. */
  readonly version: string;
  readonly features?: readonly string[];
  readonly log: (line: string) => void;
}

/** A link that is there says something every few seconds, and is dead when it says nothing. */
const KEEP_ALIVE_MS = 3000;
const SILENCE_MS = 10_000;

/** Milliseconds after which a link has been a good one. */
const LASTING_MS = 10_000;

const TICK_MS = 1000;

/** A tick that comes so much later by the wall clock means that the machine slept. */
const ASLEEP_MS = 15_000;

/** Codes of a proof that came to nothing by itself: no attack, nothing to tell. */
const ORDINARY = new Set(['PEER_LOST', 'PEER_SILENT', 'AGENT_UNKNOWN']);

export class HyperLinks implements Links {
  readonly publicKey: Buffer;
  #keyPair: KeyPair;
  #agents = new Map<string, AgentLinks>();
  #paths = new Map<LinkConnection, LinkPath>();
  #doorway = new Doorway();
  #node: SwarmNode;
  #relays: RelayTracker;
  #rendezvous: Rendezvous;
  #hub: HubWay | undefined;
  #ticking: NodeJS.Timeout;
  #lastTick = Date.now();
  #destroyed: Promise<void> | undefined;

  constructor(
    private readonly network: Network,
    private readonly dht: HyperDHT,
    private readonly options: LinksOptions,
    private readonly hooks: LinkHooks,
  ) {
    const { relays, directOnly, openHubRelay } = options;
    this.publicKey = dht.defaultKeyPair.publicKey;
    this.#keyPair = network.Dht.keyPair();
    this.#relays = trackRelays(dht);
    this.#node = swarmNode({
      dht,
      network,
      keyPair: this.#keyPair,
      relays: directOnly ? [] : relays,
      isConnected: (publicKey) => this.#isConnected(publicKey),
    });
    const { swarm } = this.#node;
    this.#rendezvous = new Rendezvous(swarm, (kid) => this.find(kid) !== undefined);
    swarm.on('connection', (stream, info) => void this.#arrived(stream, info));
    if (openHubRelay !== undefined && !directOnly) {
      this.#hub = new HubWay({
        NoiseStream: network.NoiseStream,
        keyPair: this.#keyPair,
        open: openHubRelay,
        hasLink: (kid) => this.find(kid) !== undefined,
        onStream: (stream, peer) =>
          this.#prove(stream, { isIncoming: false, isHub: true, candidates: () => [peer] }),
      });
    }
    this.#ticking = setInterval(() => {
      this.#tick();
    }, TICK_MS);
    dht.on('network-change', this.#awoke);
  }

  setPeers(peers: readonly LinkPeer[]): void {
    if (this.#destroyed !== undefined) return;
    const before = this.#agents;
    this.#agents = new Map();
    const added: LinkPeer[] = [];
    for (const peer of peers) {
      const known = before.get(peer.kid);
      if (known?.peer.keys.topic.equals(peer.keys.topic) === true) {
        before.delete(peer.kid);
        this.#agents.set(peer.kid, known);
      } else {
        this.#agents.set(peer.kid, this.#agent(peer));
        added.push(peer);
      }
    }
    for (const [kid, gone] of before) {
      this.#rendezvous.remove(kid);
      gone.close();
    }
    for (const { kid, keys } of added) this.#rendezvous.add(kid, keys.topic);
    this.#hub?.setPeers(peers);
  }

  lookAgain(kid?: string): void {
    if (this.#destroyed === undefined) this.#rendezvous.lookAgain(kid);
  }

  find(kid: string): Link | undefined {
    return this.#agents.get(kid)?.link;
  }

  destroy(): Promise<void> {
    this.#destroyed ??= this.#end();
    return this.#destroyed;
  }

  async #end(): Promise<void> {
    clearInterval(this.#ticking);
    this.dht.off('network-change', this.#awoke);
    this.#hub?.close();
    this.#doorway.close();
    for (const agent of this.#agents.values()) agent.close();
    await this.#node.destroy();
  }

  #agent(peer: LinkPeer): AgentLinks {
    let since = 0;
    return new AgentLinks(peer, {
      onOnline: (connection) => {
        since = performance.now();
        this.#paths.set(connection, connection.path);
        this.hooks.onOnline(connection);
      },
      onOffline: (connection) => {
        this.#paths.delete(connection);
        this.hooks.onOffline(connection);
        // One that comes and goes is looked for less and less often.
        if (performance.now() - since > LASTING_MS) this.lookAgain(peer.kid);
      },
    });
  }

  async #isConnected(publicKey: Buffer): Promise<boolean> {
    if (this.#doorway.holds(publicKey)) return true;
    for (const agent of this.#agents.values()) if (await agent.holds(publicKey)) return true;
    return false;
  }

  async #arrived(stream: NoiseStream, info: PeerInfo): Promise<void> {
    const isIncoming = !stream.isInitiator;
    const all = (): LinkPeer[] => [...this.#agents.values()].map(({ peer }) => peer);
    // Whoever was found on a topic is its agent; another process of ours is found on all of them.
    const found = (): LinkPeer[] =>
      all()
        .filter(({ keys }) => info.topics.some((topic) => keys.topic.equals(topic)))
        .slice(0, 1);
    await this.#prove(stream, { isIncoming, isHub: false, candidates: isIncoming ? all : found });
  }

  /** True when it became a connection of an agent. */
  async #prove(stream: NoiseStream, door: Door): Promise<boolean> {
    stream.on('error', () => undefined);
    stream.setKeepAlive(KEEP_ALIVE_MS);
    stream.setTimeout(SILENCE_MS);
    if (this.#destroyed !== undefined || (!door.isIncoming && door.candidates().length === 0)) {
      stream.destroy();
      return false;
    }
    try {
      const peer = await this.#doorway.admit(stream, door, (pipe, signal) =>
        proveLink(pipe, {
          identity: this.options.identity,
          candidates: door.candidates,
          signal,
        }),
      );
      const agent = peer && this.#agents.get(peer.kid);
      if (agent === undefined) {
        stream.destroy();
        return false;
      }
      agent.add(this.#connection(stream, agent, door.isHub));
      return true;
    } catch (thrown) {
      if (thrown instanceof OwnProcess) this.options.log(thrown.message);
      else if (!(thrown instanceof BeelineError)) this.options.log(String(thrown));
      else if (!ORDINARY.has(thrown.code)) this.hooks.onRefused(thrown);
      return false;
    }
  }

  #connection(stream: NoiseStream, agent: AgentLinks, isHub: boolean): LinkConnection {
    const { version, features = [] } = this.options;
    return new LinkConnection({
      stream,
      Protomux: this.network.Protomux,
      kid: agent.peer.kid,
      isLow: agent.peer.keys.side === 'low',
      own: { version, features },
      pathNow: () => (isHub ? 'hub' : this.#relays.isRelayed(stream) ? 'relay' : 'direct'),
      hooks: {
        mayFollow: (connection) => agent.mayFollow(connection),
        onChosen: (connection) => {
          agent.chosen(connection);
        },
        onClosed: (connection) => {
          agent.closed(connection);
        },
        onIdle: () => {
          agent.review();
        },
        onViolation: (_connection, what) => {
          this.hooks.onRefused(errors.protocol(what));
        },
        onChannel: (connection, protocol, id, channel) =>
          this.hooks.onChannel(connection, protocol, id, channel),
      },
    });
  }

  #tick(): void {
    const now = Date.now();
    if (Math.abs(now - this.#lastTick) > ASLEEP_MS) this.#awoke();
    this.#lastTick = now;
    this.#rendezvous.tick();
    this.#hub?.tick();
    for (const [connection, path] of this.#paths) {
      if (connection.path === path) continue;
      this.#paths.set(connection, connection.path);
      this.hooks.onPath?.(connection);
    }
    for (const agent of this.#agents.values()) agent.review();
  }

  /** After sleep or on another network, links may be dead that look alive. */
  readonly #awoke = (): void => {
    for (const agent of this.#agents.values()) void agent.check();
    this.lookAgain();
    this.hooks.onAwoke?.();
  };
}

interface Door {
  readonly isIncoming: boolean;
  readonly isHub: boolean;
  readonly candidates: () => readonly LinkPeer[];
}
