import type { Socket } from 'node:net';
import {
  CancellationTokenSource,
  ResponseError,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { EngineConfig } from '../core/engineConfig';
import { errors, fromData, isErrorCode, toBeelineError, type BeelineError } from '../core/errors';
import type { EngineEvent } from '../core/events';
import { connectionOver } from './connectionOver';
import { openSocket } from './openSocket';
import { PROTOCOL, type Method, type Params, type Result, type Welcome } from './protocol';

/** Milliseconds: the owner is on this machine, and has at most some journals to read first. */
const HELLO_MS = 10_000;

export interface ClientHooks {
  onEvent(event: EngineEvent): void;
  onConfigured(config: EngineConfig): void;
  /** Once, after `connect` has resolved. */
  onClose(client: EngineClient): void;
}

/** One connection to the owner of the home's engine. */
export class EngineClient {
  private readonly rpc: MessageConnection;
  /** JSON-RPC leaves a request unanswered when the connection closes; that has to be an answer too. */
  private readonly pending = new Set<(error: BeelineError) => void>();
  private welcomed: Welcome | undefined;

  private constructor(
    private readonly socket: Socket,
    hooks: ClientHooks,
  ) {
    this.rpc = connectionOver(socket);
    this.rpc.onNotification('event', (event: EngineEvent) => {
      hooks.onEvent(event);
    });
    this.rpc.onNotification('configured', (config: EngineConfig) => {
      hooks.onConfigured(config);
    });
    socket.once('close', () => {
      this.rpc.dispose();
      for (const reject of this.pending) reject(errors.serviceLost());
      if (this.welcomed !== undefined) hooks.onClose(this);
    });
    this.rpc.listen();
  }

  /**
   * Undefined when nobody listens at the path.
   * @throws SERVICE_VERSION, SERVICE_LOST when it closed or stayed silent, HOME_UNUSABLE
   */
  static async connect(
    path: string,
    version: string,
    hooks: ClientHooks,
  ): Promise<EngineClient | undefined> {
    const socket = await openSocket(path);
    if (socket === undefined) return undefined;
    const client = new EngineClient(socket, hooks);
    const timer = setTimeout(() => {
      client.close();
    }, HELLO_MS);
    try {
      const welcome = await client.call('hello', { protocol: PROTOCOL, version });
      if (client.closed) throw errors.serviceLost();
      client.welcomed = welcome;
      return client;
    } catch (thrown) {
      client.close();
      throw thrown;
    } finally {
      clearTimeout(timer);
    }
  }

  get closed(): boolean {
    return this.socket.destroyed;
  }

  /** What holds for this home now. */
  get config(): EngineConfig {
    if (this.welcomed === undefined) throw errors.serviceLost();
    return this.welcomed.config;
  }

  /**
   * @param signal tells the owner to give it up, and gives it up here
   * @throws SERVICE_LOST when the owner went before it answered, CANCELLED, else what the engine throws
   */
  async call<M extends Method>(
    method: M,
    params: Params<M>,
    signal?: AbortSignal,
  ): Promise<Result<M>> {
    if (this.closed) throw errors.serviceLost();
    if (signal?.aborted === true) throw errors.cancelled();
    const source = new CancellationTokenSource();
    let reject: (error: BeelineError) => void = () => undefined;
    const lost = new Promise<never>((_resolve, lose) => {
      reject = lose;
    });
    this.pending.add(reject);
    const cancel = (): void => {
      source.cancel();
      reject(errors.cancelled());
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const answer = this.rpc.sendRequest<Result<M>>(method, params, source.token);
      return await Promise.race([answer, lost]);
    } catch (thrown) {
      throw this.toOurs(thrown);
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.pending.delete(reject);
      source.dispose();
    }
  }

  close(): void {
    this.socket.destroy();
  }

  private toOurs(thrown: unknown): BeelineError {
    if (thrown instanceof ResponseError) {
      const data = thrown.data as { code?: unknown; message?: unknown } | undefined;
      if (isErrorCode(data?.code)) {
        return fromData({ code: data.code, message: String(data.message) });
      }
    }
    const error = toBeelineError(thrown);
    // The library's own errors of a closing connection.
    return error.code === 'INTERNAL' && this.closed ? errors.serviceLost() : error;
  }
}
