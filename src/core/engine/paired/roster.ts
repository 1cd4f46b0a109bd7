import { errors } from '../../errors';
import type { Agent, AgentRef } from '../../events';
import type { Book, BookEntry } from '../../identity/book';
import type { Identity } from '../../identity/identity';
import type { PairKeys } from '../../identity/pairKeys';
import type { Link } from '../../swarm/links';

/** An agent of the book with what is shared with it. */
export interface PairedAgent {
  readonly entry: BookEntry;
  readonly publicKey: Buffer;
  readonly keys: PairKeys;
}

/** The paired agents as the engine sees them: the book, the keys, and who is online. */
export class Roster {
  private readonly keys = new Map<string, { publicKey: Buffer; keys: PairKeys }>();
  private readonly online = new Map<string, Link>();

  constructor(
    private readonly identity: Identity,
    private readonly book: Book,
    private readonly changed: () => void,
  ) {}

  /** Online ones first, then by last seen; blocked ones last. */
  list(): Agent[] {
    return [...this.book.list()].map((entry) => this.describe(entry)).sort(byNearness);
  }

  describe(entry: BookEntry): Agent {
    const { kid, actorId, name, fingerprint, origin, pairedAt, lastSeenAt } = entry;
    const { allowed, blocked } = entry;
    const link = this.online.get(kid);
    return {
      kid,
      actorId,
      name,
      fingerprint,
      origin,
      pairedAt,
      ...(lastSeenAt !== undefined && { lastSeenAt }),
      allowed,
      blocked,
      presence: link === undefined ? { kind: 'offline' } : { kind: 'online', path: link.path },
    };
  }

  /** Those that may have a link, the most recently seen first. */
  peers(): (PairedAgent & { readonly kid: string })[] {
    return this.list()
      .filter(({ blocked }) => !blocked)
      .flatMap(({ kid }) => this.find(kid) ?? [])
      .map((agent) => ({ ...agent, kid: agent.entry.kid }));
  }

  find(kid: string): PairedAgent | undefined {
    const entry = this.book.find(kid);
    if (entry === undefined) return undefined;
    let known = this.keys.get(kid);
    if (known === undefined) {
      const publicKey = Buffer.from(entry.publicKey, 'hex');
      known = { publicKey, keys: this.identity.pairKeys(publicKey) };
      this.keys.set(kid, known);
    }
    return { entry, ...known };
  }

  /** @throws AGENT_UNKNOWN */
  get(kid: string): PairedAgent {
    const agent = this.find(kid);
    if (agent === undefined)
      throw errors.agentUnknown(`The agent with the key ${kid.slice(0, 16)}`);
    return agent;
  }

  /** All that use this actor id: at most one for each task service. */
  named(actorId: string): readonly BookEntry[] {
    return this.book.list().filter((entry) => entry.actorId === actorId);
  }

  linkTo(kid: string): Link | undefined {
    return this.online.get(kid);
  }

  came(link: Link): void {
    this.online.set(link.kid, link);
    this.see(link.kid);
  }

  went(link: Link): void {
    if (this.online.get(link.kid) !== link) return;
    this.online.delete(link.kid);
    this.see(link.kid);
  }

  private see(kid: string): void {
    this.changed();
    const lastSeenAt = new Date().toISOString();
    // Only for people to read; the next one is written again.
    this.book.change(kid, { lastSeenAt }).then(this.changed, () => undefined);
  }
}

export function refOf({ kid, name, fingerprint }: BookEntry): AgentRef {
  return { kid, name, fingerprint };
}

function byNearness(one: Agent, other: Agent): number {
  const rank = ({ blocked, presence }: Agent): number =>
    blocked ? 2 : presence.kind === 'online' ? 0 : 1;
  const seen = ({ lastSeenAt, pairedAt }: Agent): string => lastSeenAt ?? pairedAt;
  return rank(one) - rank(other) || seen(other).localeCompare(seen(one));
}
