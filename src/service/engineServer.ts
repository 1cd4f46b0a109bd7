import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import {
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { Engine } from '../core/engine';
import type { EngineConfig } from '../core/engineConfig';
import { errors, toBeelineError } from '../core/errors';
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

/** The owner's end of the home's socket: gives the engine to the other processes of the home. */
export class EngineServer {
  private readonly clients = new Set<{ socket: Socket; rpc: MessageConnection }>();
  private engine: Engine | undefined;
  private welcome: Welcome | undefined;
  private ready: () => void = () => undefined;
  private readonly started = new Promise<void>((resolve) => {
    this.ready = resolve;
  });

  private constructor(
    private readonly server: Server,
    private readonly path: string,
    private readonly log: (line: string) => void,
  ) {
    server.on('connection', (socket) => {
      this.admit(socket);
    });
  }

  /**
   * Binds the socket. Clients that come before `serve` wait.
   * Call it only while nobody else can be doing the same, since it replaces what lies at the path.
   */
  static async bind(path: string, log: (line: string) => void): Promise<EngineServer> {
    if (process.platform !== 'win32') await rm(path, { force: true });
    const server = createServer();
    const listening = new Promise<void>((resolve, reject) => {
      server.once('listening', resolve);
      server.once('error', reject);
    });
    server.listen(path);
    await listening;
    server.on('error', (error) => {
      log(`local socket: ${error.message}`);
    });
    if (process.platform !== 'win32') await chmod(path, 0o600);
    return new EngineServer(server, path, log);
  }

  serve(engine: Engine, config: EngineConfig, version: string): void {
    this.engine = engine;
    this.welcome = { protocol: PROTOCOL, version, config };
    engine.onEvent((event) => {
      this.tell('event', event);
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
    await closed;
    // Closing a Unix socket's server removes its file.
    this.log(`left ${this.path}`);
  }

  private admit(socket: Socket): void {
    const rpc = createMessageConnection(
      new StreamMessageReader(socket),
      new StreamMessageWriter(socket),
    );
    const client = { socket, rpc };
    this.clients.add(client);
    socket.on('close', () => {
      this.clients.delete(client);
      rpc.dispose();
    });
    socket.on('error', () => socket.destroy());
    rpc.onError(() => socket.destroy());
    this.answer(rpc, 'hello', async (hello: Hello) => {
      await this.started;
      if (this.welcome === undefined) throw errors.serviceLost();
      if (hello.protocol !== PROTOCOL) throw errors.serviceVersion(this.welcome.version);
      return this.welcome;
    });
    this.forward(rpc, 'snapshot', (engine) => engine.snapshot());
    this.forward(rpc, 'config', (engine) => engine.config());
    this.forward(rpc, 'configure', async (engine, { config }) => {
      await engine.configure(config);
      this.configured(config);
      return null;
    });
    this.forward(rpc, 'offer', (engine, request) => engine.offer(request));
    this.forward(rpc, 'answer', async (engine, { transferId, decision }) => {
      await engine.answer(transferId, decision);
      return null;
    });
    this.forward(rpc, 'cancel', async (engine, { transferId }) => {
      await engine.cancel(transferId);
      return null;
    });
    this.forward(rpc, 'block', async (engine, { actorId, blocked }) => {
      await engine.block(actorId, blocked);
      return null;
    });
    rpc.listen();
  }

  private forward<M extends Method>(
    rpc: MessageConnection,
    method: M,
    handle: (engine: Engine, params: Params<M>) => Promise<Result<M>>,
  ): void {
    this.answer(rpc, method, async (params) => {
      await this.started;
      if (this.engine === undefined) throw errors.serviceLost();
      return handle(this.engine, params);
    });
  }

  private answer<M extends Method>(
    rpc: MessageConnection,
    method: M,
    handle: (params: Params<M>) => Promise<Result<M>>,
  ): void {
    rpc.onRequest(method, async (params: Params<M>) => {
      try {
        return await handle(params);
      } catch (thrown) {
        const error = toBeelineError(thrown);
        return new ResponseError(FAILED, error.message, error.toData());
      }
    });
  }

  private tell(method: 'event' | 'configured', params: object): void {
    for (const { rpc } of this.clients) {
      rpc.sendNotification(method, params).catch(() => undefined);
    }
  }
}
