import { chmod, stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { ResponseError, type CancellationToken, type MessageConnection } from 'vscode-jsonrpc/node';
import type { Engine } from '../core/engine';
import { conversingCalls } from '../core/engine/conversing';
import type { EngineConfig } from '../core/engineConfig';
import { errors, toBeelineError } from '../core/errors';
import type { EngineEvent } from '../core/events';
import { ClientHold } from './clientHold';
import { connectionOver } from './connectionOver';
import { callEngine, plainCalls } from './engineCalls';
import {
  PROTOCOL,
  type Hello,
  type Method,
  type Params,
  type Result,
  type Welcome,
} from './protocol';

/** JSON-RPC wants a number; ours travels as data. */
const FAILED = -32_000;
/** Milliseconds and bytes within which somebody who connects has to say who they are. */
const HELLO_MS = 10_000;
const HELLO_BYTES = 64 * 1024;
/** Bytes kept for a process that does not read; once it does, it comes back and gets a snapshot. */
const MAX_UNREAD = 8 * 1024 * 1024;

interface Client {
  readonly socket: Socket;
  readonly rpc: MessageConnection;
  /** `stranger` until it has said hello in our protocol, `waiting` until the engine runs. */
  stage: 'stranger' | 'waiting' | 'welcome';
  /** What it has asked and waits for. */
  readonly calls: Set<AbortController>;
  /** From the first that it attends to or attaches. */
  hold?: ClientHold;
}

/** The owner's end of the home's socket: gives the engine to the other processes of the home. */
export class EngineServer {
  private readonly clients = new Set<Client>();
  private engine: Engine | undefined;
  private welcome: Welcome | undefined;
  private ready: () => void = () => undefined;
  private readonly started = new Promise<void>((resolve) => {
    this.ready = resolve;
  });

  private constructor(
    private readonly server: Server,
    readonly path: string,
    private readonly inode: bigint,
  ) {
    server.on('connection', (socket) => {
      this.admit(socket);
    });
  }

  /**
   * Binds the socket. Clients that come before `serve` wait.
   * Rejects with the system's EADDRINUSE when somebody has bound that path, alive or not.
   */
  static async bind(path: string, log: (line: string) => void): Promise<EngineServer> {
    const server = createServer();
    const early: Socket[] = [];
    const keep = (socket: Socket): void => {
      early.push(socket);
    };
    server.on('connection', keep);
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve);
      server.once('error', reject);
      server.listen(path);
    });
    server.on('error', (error) => {
      log(`local socket: ${error.message}`);
    });
    try {
      if (process.platform !== 'win32') await chmod(path, 0o600);
      const bound = new EngineServer(server, path, await inodeOf(path));
      server.off('connection', keep);
      for (const socket of early) bound.admit(socket);
      return bound;
    } catch (thrown) {
      for (const socket of early) socket.destroy();
      server.close();
      throw thrown;
    }
  }

  /** Whether the path still leads here; somebody may have removed the file. */
  async isReachable(): Promise<boolean> {
    return (await inodeOf(this.path).catch(() => undefined)) === this.inode;
  }

  serve(engine: Engine, config: EngineConfig, version: string): void {
    this.engine = engine;
    this.welcome = { protocol: PROTOCOL, version, config };
    engine.onEvent((event) => {
      this.tell('event', event, concerned(event));
    });
    this.ready();
  }

  configured(config: EngineConfig): void {
    if (this.welcome !== undefined) this.welcome = { ...this.welcome, config };
    this.tell('configured', config);
  }

  /** After this the path is free for a successor, and the clients know that they need one. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const { socket, rpc } of this.clients) {
      rpc.dispose();
      socket.destroy();
    }
    // Closing a Unix socket's server removes its file.
    await closed;
  }

  private admit(socket: Socket): void {
    const rpc = connectionOver(socket);
    const client: Client = { socket, rpc, stage: 'stranger', calls: new Set() };
    this.clients.add(client);
    const timer = setTimeout(() => {
      if (client.stage === 'stranger') socket.destroy();
    }, HELLO_MS);
    socket.on('close', () => {
      clearTimeout(timer);
      this.clients.delete(client);
      for (const call of client.calls) call.abort(errors.cancelled());
      void client.hold?.end();
      rpc.dispose();
    });
    this.answer(rpc, 'hello', async (hello) => this.greet(client, hello));
    this.serveCalls(client);
    rpc.listen();
    socket.on('data', () => {
      if (client.stage === 'stranger' && socket.bytesRead > HELLO_BYTES) socket.destroy();
    });
  }

  private async greet(client: Client, hello: Hello): Promise<Welcome> {
    const ours = hello.protocol === PROTOCOL;
    if (ours) client.stage = 'waiting';
    await this.started;
    if (this.welcome === undefined) throw errors.serviceLost();
    if (!ours) throw errors.serviceVersion(this.welcome.version);
    client.stage = 'welcome';
    return this.welcome;
  }

  private serveCalls(client: Client): void {
    for (const method of plainCalls) {
      this.forward(client, method, (engine, params, signal) =>
        callEngine(engine, method, params, signal),
      );
    }
    for (const method of conversingCalls) {
      this.forward(client, method, async (engine, params) => {
        client.hold ??= new ClientHold(engine);
        return (await client.hold.converse(method, params)) ?? null;
      });
    }
  }

  private forward<M extends Method>(
    client: Client,
    method: M,
    handle: (engine: Engine, params: Params<M>, signal: AbortSignal) => Promise<Result<M>>,
  ): void {
    this.answer(client.rpc, method, async (params, token) => {
      if (client.stage !== 'welcome' || this.engine === undefined) {
        throw errors.protocol(`"${method}" before hello`);
      }
      const call = new AbortController();
      client.calls.add(call);
      const cancel = (): void => {
        call.abort(errors.cancelled());
      };
      const cancelling = token.onCancellationRequested(cancel);
      // Given up before its turn came, of which no event tells.
      if (token.isCancellationRequested) cancel();
      try {
        return await handle(this.engine, params, call.signal);
      } finally {
        cancelling.dispose();
        client.calls.delete(call);
      }
    });
  }

  private answer<M extends Method>(
    rpc: MessageConnection,
    method: M,
    handle: (params: Params<M>, token: CancellationToken) => Promise<Result<M>>,
  ): void {
    rpc.onRequest(method, async (params: Params<M>, token: CancellationToken) => {
      try {
        return await handle(params, token);
      } catch (thrown) {
        const error = toBeelineError(thrown);
        return new ResponseError(FAILED, error.message, error.toData());
      }
    });
  }

  private tell(
    method: 'event' | 'configured',
    params: object,
    concerns: (client: Client) => boolean = () => true,
  ): void {
    for (const client of this.clients) {
      const { rpc, socket, stage } = client;
      if (stage !== 'welcome' || !concerns(client)) continue;
      if (socket.writableLength > MAX_UNREAD) socket.destroy();
      else rpc.sendNotification(method, params).catch(() => undefined);
    }
  }
}

/** What a peer is told, frames and all, concerns the process that attached it alone. */
function concerned(event: EngineEvent): (client: Client) => boolean {
  if (event.type !== 'peer') return () => true;
  return ({ hold }) => hold?.hasPeer(event.peerId) === true;
}

async function inodeOf(path: string): Promise<bigint> {
  // A pipe has none, and cannot be removed by others either.
  if (process.platform === 'win32') return 0n;
  return (await stat(path, { bigint: true })).ino;
}
