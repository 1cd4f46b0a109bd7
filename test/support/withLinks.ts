import { setTimeout as delay } from 'node:timers/promises';
import type { BeelineError } from '../../src/core/errors';
import { newIdentity, type Identity } from '../../src/core/identity/identity';
import type { LinksOptions } from '../../src/core/swarm/hyperLinks';
import type { ChannelProtocol, Link, LinkPeer, Links } from '../../src/core/swarm/links';
import { createSwarm, type Swarm } from '../../src/core/swarm/swarm';
import type { MessageChannel } from '../../src/core/transfer/messageChannel';
import type { Testnet } from './withTestnet';

/** Milliseconds that anything may take which should come about. */
const PATIENCE_MS = 30_000;
const POLL_MS = 10;

/** One home's end of its links, with everything it was told. */
export class LinkedAgent {
  readonly online: Link[] = [];
  readonly offline: Link[] = [];
  readonly refused: BeelineError[] = [];
  readonly said: string[] = [];
  readonly channels: OpenedChannel[] = [];
  /** What is done with a channel that the other side opens. */
  takes = true;
  links!: Links;

  constructor(
    readonly identity: Identity,
    readonly swarm: Swarm,
  ) {}

  link(to: { readonly identity: Identity }): Promise<Link> {
    return until(() => this.links.find(to.identity.kid), 'a link');
  }

  /** The next channel that the other side opened and nobody has taken yet. */
  opened(): Promise<OpenedChannel> {
    return until(() => this.channels.shift(), 'a channel');
  }
}

export interface OpenedChannel {
  readonly link: Link;
  readonly protocol: ChannelProtocol;
  readonly id: Buffer;
  readonly channel: MessageChannel;
}

export interface LinkedAgents {
  /** An engine's worth of links for a fresh identity, or another process of a given one. */
  start(options?: Partial<LinksOptions>, swarm?: Swarm): Promise<LinkedAgent>;
  /** Puts each in the other's book. */
  pair(one: LinkedAgent, two: LinkedAgent): void;
  /** Two agents whose link is up on both sides. */
  linked(
    one?: Partial<LinksOptions>,
    two?: Partial<LinksOptions>,
  ): Promise<[LinkedAgent, LinkedAgent]>;
  stop(agent: LinkedAgent): Promise<void>;
  /** A bare swarm, destroyed with the test. */
  swarm(): Promise<Swarm>;
}

/** Linked identities over a testnet, each test with its own. */
export function withLinks(testnet: Testnet): LinkedAgents {
  const agents = new Map<LinkedAgent, LinkPeer[]>();
  const swarms = new Set<Swarm>();

  afterEach(async () => {
    await Promise.all([...agents.keys()].map(({ links }) => links.destroy()));
    agents.clear();
    await Promise.all([...swarms].map((swarm) => swarm.destroy()));
    swarms.clear();
  });

  const swarm = async (): Promise<Swarm> => {
    const made = await createSwarm(testnet.bootstrap);
    swarms.add(made);
    return made;
  };
  const start: LinkedAgents['start'] = async (options = {}, given) => {
    if (given !== undefined) swarms.add(given);
    const agent = new LinkedAgent(options.identity ?? newIdentity(), given ?? (await swarm()));
    agents.set(agent, []);
    agent.links = agent.swarm.links(
      {
        identity: agent.identity,
        relays: [],
        directOnly: false,
        version: 'test',
        log: (line) => agent.said.push(line),
        ...options,
      },
      {
        onOnline: (link) => agent.online.push(link),
        onOffline: (link) => agent.offline.push(link),
        onRefused: (error) => agent.refused.push(error),
        onChannel: (link, protocol, id, channel) => {
          if (agent.takes) agent.channels.push({ link, protocol, id, channel });
          return agent.takes;
        },
      },
    );
    return agent;
  };
  const know = (agent: LinkedAgent, other: LinkedAgent): void => {
    const book = agents.get(agent);
    book?.push(peerOf(agent.identity, other.identity));
    agent.links.setPeers(book ?? []);
  };
  const pair: LinkedAgents['pair'] = (one, two) => {
    know(one, two);
    know(two, one);
  };
  return {
    swarm,
    start,
    pair,
    async linked(first, second) {
      const [one, two] = [await start(first), await start(second)];
      pair(one, two);
      await Promise.all([one.link(two), two.link(one)]);
      return [one, two];
    },
    async stop(agent) {
      agents.delete(agent);
      await agent.links.destroy();
      await agent.swarm.destroy();
      swarms.delete(agent.swarm);
    },
  };
}

/** What `own` has in its book of `other`. */
export function peerOf(own: Identity, other: Identity): LinkPeer {
  return { kid: other.kid, publicKey: other.publicKey, keys: own.pairKeys(other.publicKey) };
}

/** Two fresh identities, of which the first is on this side of the pair. */
export function identities(side: 'low' | 'high'): [Identity, Identity] {
  const [one, two] = [newIdentity(), newIdentity()];
  return one.pairKeys(two.publicKey).side === side ? [one, two] : [two, one];
}

/** Polls until there is something. */
export async function until<T>(
  find: () => T | undefined,
  what: string,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${what} did not come about in time`);
    await delay(POLL_MS);
  }
}
