import { version } from '../../package.json';
import { errors } from '../core/errors';
import { startBootstrapNode } from './bootstrapNode';
import type { Database } from './database/database';
import { migrate } from './database/migrations';
import { openPglite } from './database/pgliteDatabase';
import { openPostgres } from './database/postgresDatabase';
import { EventPump } from './events/eventPump';
import { Sockets } from './events/sockets';
import { bindAddress, inUrl } from './hostNames';
import { Guard } from './http/guard';
import { buildServer } from './http/server';
import { DEFAULT_LIMITS, type HubLimits } from './limits';
import { Neighbours } from './neighbours';
import { OrgStore } from './orgs/orgStore';
import { Admissions } from './relay/admissions';
import { startBlindRelay } from './relay/blindRelay';
import { relaySeed } from './relay/relaySeed';
import { SocketRelay } from './relay/socketRelay';
import { Sweeper } from './sweeper';
import { TaskStore } from './tasks/taskStore';

/** How long requests under way may take when the hub stops, milliseconds. */
const CLOSE_GRACE_MS = 2000;

export interface HubOptions {
  /** Address or name to bind, default 127.0.0.1. `0.0.0.0` and `::` bind all. */
  readonly host?: string;
  /** TCP port, 0 (the default) for any. */
  readonly port?: number;
  /** UDP port of the DHT node, 0 (the default) for any. */
  readonly dhtPort?: number;
  /** Folder for the embedded database; without it and without `databaseUrl` all is in memory. */
  readonly dataDir?: string;
  /** `postgres://…`, instead of the embedded database. Several hubs may share one. */
  readonly databaseUrl?: string;
  /**
   * When given, every request and socket needs it as a bearer token, and the relay over UDP only
   * knows those who registered their key with such a request. Without one, everybody who reaches
   * the hub may use all of it, its relays included.
   */
  readonly token?: string;
  /**
   * Whether a claim by who already holds the task extends the lease (the default), or is refused
   * as "already in_progress" like anybody else's; services in use differ.
   */
  readonly holderMayRenew?: boolean;
  readonly limits?: Partial<HubLimits>;
  /** Diagnostics without secrets. */
  readonly log?: (line: string) => void;
}

export interface Hub {
  /** As seen from this machine. */
  readonly url: string;
  /** `HOST:PORT` of its own DHT node; other hubs on its database are not among these. */
  readonly bootstrap: string[];
  /** Public key of its blind relay, 64 hex digits. */
  readonly relay: string;
  /** Closes sockets, database and DHT; nothing is left running. May be called again. */
  stop(): Promise<void>;
}

/**
 * Runs what a team needs for itself in this process: an ATS-compatible task service, a DHT
 * bootstrap node, and relays for agents that cannot reach each other.
 * @throws CONFIG_INVALID, PART_MISSING, NATIVE_MISSING
 */
export async function startHub(options: HubOptions = {}): Promise<Hub> {
  const log = options.log ?? (() => undefined);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  checkOptions(options);
  const bind = await bindAddress(options.host ?? '127.0.0.1');
  const closers: (() => Promise<void>)[] = [];
  const stop = once(() => closeAll(closers));

  try {
    const database = await openDatabase(options, log);
    closers.push(() => database.close());
    await prepare(database);
    const dht = await startBootstrapNode(bind, options.dhtPort ?? 0);
    closers.push(() => dht.stop());
    const neighbours = new Neighbours(database, dht, limits, log);
    closers.push(() => neighbours.stop());
    await neighbours.start();

    const admissions = new Admissions(database, limits);
    const blindRelay = await startBlindRelay({
      node: dht.companion,
      DHT: dht.DHT,
      // An embedded database belongs to one hub, wherever that listens.
      seed: await relaySeed(database, options.databaseUrl === undefined ? 'own' : dht.address),
      admits: async (publicKey) =>
        options.token === undefined || (await admissions.admits(publicKey.toString('hex'))),
      limits,
      log,
    });
    closers.push(() => blindRelay.stop());
    const socketRelay = new SocketRelay(limits, log);
    closers.push(() => socketRelay.close());

    const sockets = new Sockets(limits, log);
    closers.push(() => sockets.close());
    const pump = new EventPump(
      database,
      (event) => {
        sockets.tell(event);
      },
      log,
    );
    closers.push(() => pump.stop());
    await pump.start();
    const sweeper = new Sweeper(database, pump, limits.sweepMs, log);
    closers.push(() => sweeper.stop());

    const app = await buildServer({
      guard: new Guard(bind, options.token),
      tasks: new TaskStore(database, options.holderMayRenew ?? true),
      orgs: new OrgStore(database),
      database,
      sockets,
      dht,
      neighbours,
      blindRelay,
      admissions,
      socketRelay,
      version,
      limits,
      log,
    });
    closers.push(async () => {
      // Requests under way are answered; connections that only dribble are not waited for.
      const timer = setTimeout(() => {
        app.server.closeAllConnections();
      }, CLOSE_GRACE_MS);
      await app.close();
      clearTimeout(timer);
    });
    const port = await listen(() => app.listen({ host: bind.http, port: options.port ?? 0 }));
    const host = bind.kind === 'wildcard' ? '127.0.0.1' : bind.http;
    return {
      url: `http://${inUrl(host)}:${String(port)}`,
      bootstrap: [dht.addressFor(undefined)],
      relay: blindRelay.key,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function checkOptions({ port, dhtPort, token, dataDir, databaseUrl }: HubOptions): void {
  for (const one of [port ?? 0, dhtPort ?? 0]) {
    if (!Number.isInteger(one) || one < 0 || one > 65_535) {
      throw errors.configInvalid(`${String(one)} is not a port: give a number from 0 to 65535.`);
    }
  }
  // It travels in a header, and an empty one would let everybody in.
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw errors.configInvalid('The token must be letters, digits and signs, without spaces.');
  }
  if (dataDir !== undefined && databaseUrl !== undefined) {
    throw errors.configInvalid('State is kept in a data folder or in a database, not in both.');
  }
}

function openDatabase(options: HubOptions, log: (line: string) => void): Promise<Database> {
  return options.databaseUrl === undefined
    ? openPglite(options.dataDir, log)
    : openPostgres(options.databaseUrl, log);
}

async function prepare(database: Database): Promise<void> {
  try {
    await migrate(database);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw errors.configInvalid(`The hub's database cannot be prepared: ${why}`, { cause });
  }
}

async function listen(start: () => Promise<string>): Promise<number> {
  try {
    return Number(new URL(await start()).port);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw errors.configInvalid(`The hub cannot listen: ${why}. Choose another host or port.`, {
      cause,
    });
  }
}

/** In reverse, so that nothing is closed under what still uses it. */
async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers.reverse()) {
    await close().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= run());
}
