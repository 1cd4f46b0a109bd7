import { connect, type Socket } from 'node:net';
import {
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { EngineConfig } from '../core/engineConfig';
import { errors, fromData, isErrorCode, toBeelineError, type BeelineError } from '../core/errors';
import type { EngineEvent } from '../core/events';
import { PROTOCOL, type Method, type Params, type Result, type Welcome } from './protocol';

/** Milliseconds: the owner is on this machine, and has at most some journals to read first. */
const HELLO_MS = 10_000;

/** One connection to the owner of the home's engine. */
export class EngineClient {
  private constructor(
    private readonly socket: Socket,
    private readonly rpc: MessageConnection,
    readonly welcome: Welcome,
  ) {}

  /**
   * Undefined when nobody listens at the path.
   * @throws SERVICE_VERSION, SERVICE_LOST
   */
  static async connect(
    path: string,
    version: string,
    hooks: {
      onEvent(event: EngineEvent): void;
      onConfigured(config: EngineConfig): void;
      onClose(): void;
    },
  ): Promise<EngineClient | undefined> {
    const socket = await open(path);
    if (socket === undefined) return undefined;
    const rpc = createMessageConnection(
      new StreamMessageReader(socket),
      new StreamMessageWriter(socket),
    );
    socket.on('error', () => socket.destroy());
    rpc.onError(() => socket.destroy());
    rpc.onNotification('event', (event: EngineEvent) => {
      hooks.onEvent(event);
    });
    rpc.onNotification('configured', (config: EngineConfig) => {
      hooks.onConfigured(config);
    });
    rpc.listen();
    const timer = setTimeout(() => socket.destroy(), HELLO_MS);
    try {
      const welcome = await ask(rpc, socket, 'hello', { protocol: PROTOCOL, version });
      const client = new EngineClient(socket, rpc, welcome);
      socket.once('close', () => {
        rpc.dispose();
        hooks.onClose();
      });
      // It may have gone while we were being welcomed; then nobody would hear of it.
      if (socket.destroyed) throw errors.serviceLost();
      return client;
    } catch (thrown) {
      socket.destroy();
      rpc.dispose();
      throw thrown;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws SERVICE_LOST when the owner went before it answered, else what the engine throws */
  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    return ask(this.rpc, this.socket, method, params);
  }

  close(): void {
    this.socket.destroy();
  }
}

function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const fail = (error: NodeJS.ErrnoException): void => {
      // A file without a listener is what a killed owner leaves behind.
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
      else reject(errors.homeUnusable(path, error.message, { cause: error }));
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

async function ask<M extends Method>(
  rpc: MessageConnection,
  socket: Socket,
  method: M,
  params: Params<M>,
): Promise<Result<M>> {
  // JSON-RPC leaves a request unanswered when the connection closes; that has to be an answer too.
  let gone: () => void = () => undefined;
  const lost = new Promise<never>((_resolve, reject) => {
    gone = () => {
      reject(errors.serviceLost());
    };
  });
  lost.catch(() => undefined);
  socket.once('close', gone);
  try {
    if (socket.destroyed) throw errors.serviceLost();
    return await Promise.race([rpc.sendRequest<Result<M>>(method, params), lost]);
  } catch (thrown) {
    throw toOurs(thrown, socket);
  } finally {
    socket.off('close', gone);
  }
}

function toOurs(thrown: unknown, socket: Socket): BeelineError {
  if (thrown instanceof ResponseError) {
    const data = thrown.data as { code?: unknown; message?: unknown } | undefined;
    if (isErrorCode(data?.code))
      return fromData({ code: data.code, message: String(data.message) });
    // The library's own errors of a closing connection.
    return socket.destroyed ? errors.serviceLost() : errors.internal(thrown.message);
  }
  const error = toBeelineError(thrown);
  return error.code === 'INTERNAL' && socket.destroyed ? errors.serviceLost() : error;
}
