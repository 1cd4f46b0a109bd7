import type { LinkPath } from '../events';
import type { LinkPeer } from './links';
import type { LinkConnection } from './linkConnection';

/** Proven connections to one agent at a time; more are an agent that plays with us. */
const MAX_CONNECTIONS = 4;

/** Milliseconds in which a link that is there answers. */
const ALIVE_MS = 2000;

/** Milliseconds in which a hello is answered, or the connection is given up. */
const HELLO_MS = 5000;

const RANK: Readonly<Record<LinkPath, number>> = { direct: 0, relay: 1, hub: 2 };

const rankOf = (connection: LinkConnection | undefined): number =>
  connection === undefined ? Infinity : RANK[connection.path];

export interface AgentHooks {
  onOnline(connection: LinkConnection): void;
  onOffline(connection: LinkConnection): void;
}

/**
 * The connections to one paired agent, and which of them is the link.
 *
 * The low side decides: it says hello on one connection, and closes what it does not need. The
 * better path wins; of equal ones the newer, when the older does not answer at once: two processes
 * of one agent would else take the link from each other for ever. A link over which a file moves is
 * left for a better one only when the file is through. The high side follows the hello.
 * A process has one Noise key for all of its connections.
 */
export class AgentLinks {
  readonly #isLow: boolean;
  #connections: LinkConnection[] = [];
  #chosen: LinkConnection | undefined;
  #online: LinkConnection | undefined;
  #isChallenged = false;

  constructor(
    readonly peer: LinkPeer,
    private readonly hooks: AgentHooks,
  ) {
    this.#isLow = peer.keys.side === 'low';
  }

  /** The link, once its hello was answered. */
  get link(): LinkConnection | undefined {
    return this.#online;
  }

  add(connection: LinkConnection): void {
    const spare = this.#connections.find((other) => other !== this.#chosen);
    this.#connections.push(connection);
    if (this.#connections.length > MAX_CONNECTIONS) spare?.close();
    if (this.#isLow) this.#decide();
  }

  /**
   * High: whether to follow a hello. The same process may move the link as it likes; another one
   * gets it only when the first is gone.
   */
  async mayFollow(connection: LinkConnection): Promise<boolean> {
    const link = this.#online;
    if (link === undefined || link.isOf(connection.noiseKey)) return true;
    return !(await link.isAlive(ALIVE_MS));
  }

  /** Its hello was answered, by us or by the other side. */
  chosen(connection: LinkConnection): void {
    const before = this.#online;
    this.#chosen = connection;
    if (before !== undefined && before !== connection) before.close();
    this.#online = connection;
    this.hooks.onOnline(connection);
    if (this.#isLow) this.#decide();
  }

  closed(connection: LinkConnection): void {
    this.#connections = this.#connections.filter((other) => other !== connection);
    if (this.#chosen === connection) this.#chosen = undefined;
    if (this.#online === connection) {
      this.#online = undefined;
      this.hooks.onOffline(connection);
    }
    if (this.#isLow) this.#decide();
  }

  /** Something that the decision rests on has changed: a path, or what moves over the link. */
  review(): void {
    if (this.#isLow) this.#decide();
  }

  /** Whether the process with this Noise key is connected, and answers, without the hub. */
  async holds(publicKey: Buffer): Promise<boolean> {
    for (const connection of this.#connections) {
      if (connection.path === 'hub' || !connection.isOf(publicKey)) continue;
      if (await connection.isAlive(ALIVE_MS)) return true;
      connection.close();
    }
    return false;
  }

  /** Closes the link when it does not answer: it may be dead although nobody has said so. */
  async check(): Promise<void> {
    const link = this.#online;
    if (link !== undefined && !(await link.isAlive(ALIVE_MS))) link.close();
  }

  close(): void {
    for (const connection of [...this.#connections]) connection.close();
  }

  #decide(): void {
    const best = this.#best();
    const chosen = this.#chosen;
    if (best === undefined || best === chosen) {
      this.#closeWorse();
      return;
    }
    const isFree = chosen === undefined || (chosen === this.#online && chosen.isIdle);
    if (isFree && RANK[best.path] < rankOf(chosen)) this.#choose(best);
    else if (chosen !== undefined) void this.#challenge(chosen);
  }

  /** The best path, of equal ones the newest: later ones stand further back. */
  #best(): LinkConnection | undefined {
    return this.#connections.reduce<LinkConnection | undefined>(
      (best, other) => (best === undefined || RANK[other.path] <= RANK[best.path] ? other : best),
      undefined,
    );
  }

  #choose(connection: LinkConnection): void {
    const before = this.#chosen;
    this.#chosen = connection;
    // The link is kept until the other side has answered on the new one.
    if (before !== this.#online) before?.close();
    connection.choose();
    const timer = setTimeout(() => {
      if (connection.kind === 'asked') connection.close();
    }, HELLO_MS);
    void connection.closed.then(() => {
      clearTimeout(timer);
    });
  }

  /** Somebody came who would take the link's place: the link may be dead without our knowing. */
  async #challenge(link: LinkConnection): Promise<void> {
    if (this.#isChallenged) return;
    this.#isChallenged = true;
    const rivals = this.#connections.filter((other) => other !== link);
    const alive = await link.isAlive(ALIVE_MS);
    this.#isChallenged = false;
    if (!alive) {
      link.close();
      return;
    }
    if (link !== this.#chosen) return;
    for (const rival of rivals) {
      if (RANK[rival.path] >= RANK[link.path]) rival.close();
    }
    if (link.isIdle) this.#decide();
  }

  #closeWorse(): void {
    const chosen = this.#chosen;
    if (chosen === undefined || chosen !== this.#online) return;
    const others = this.#connections.filter((other) => other !== chosen);
    if (others.length > 0) void this.#challenge(chosen);
  }
}
