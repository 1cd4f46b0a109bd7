import { setTimeout as delay } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import type { Decision, Engine, OfferRequest, PublicConfig } from '../core/engine';
import { startEngine } from '../core/engine/startEngine';
import { checkConfig, type EngineConfig } from '../core/engineConfig';
import { errors, toBeelineError } from '../core/errors';
import type { EngineEvent, EngineSnapshot } from '../core/events';
import { openFileHome } from '../core/home/fileHome';
import { EngineClient } from './engineClient';
import { EngineServer } from './engineServer';
import type { Method, Params, Result } from './protocol';
import { socketPath } from './socketPath';

export interface OpenEngineOptions {
  /** The home folder, absolute; created with mode 0700. */
  readonly home: string;
  /** Put in force if this process becomes the owner of a home that nobody runs. */
  readonly config: EngineConfig;
  /** Version of this program, for the handshake. */
  readonly version: string;
  /** Diagnostics without secrets. */
  readonly log?: (line: string) => void;
}

/**
 * The engine of a home: run here when no process runs it yet, else shared over the home's socket.
 * When the owner goes, one of the others takes over; the façade stays the same object throughout.
 */
export interface SharedEngine extends Engine {
  /** Whether the engine runs in this process right now. */
  readonly isOwner: boolean;
}

/** @throws HOME_UNUSABLE, SERVICE_VERSION, CONFIG_INVALID */
export async function openEngine(options: OpenEngineOptions): Promise<SharedEngine> {
  checkConfig(options.config);
  const engine = new HomeEngine(options, await socketPath(options.home));
  await engine.open();
  return engine;
}

type State =
  | { readonly kind: 'owner'; readonly engine: Engine; readonly server: EngineServer }
  | { readonly kind: 'client'; readonly client: EngineClient }
  | { readonly kind: 'between'; readonly next: Promise<void> }
  | { readonly kind: 'stopped' };

/** Milliseconds between tries to find or become an owner. */
const RETRY_MS = 50;
/** A lock is held for the milliseconds of a takeover; this old, its holder was killed in them. */
const STALE_LOCK_MS = 3000;

class HomeEngine implements SharedEngine {
  private readonly listeners = new Set<(event: EngineEvent) => void>();
  private state: State = { kind: 'between', next: Promise.resolve() };
  private settings: EngineConfig;

  constructor(
    private readonly options: OpenEngineOptions,
    private readonly path: string,
  ) {
    this.settings = options.config;
  }

  get isOwner(): boolean {
    return this.state.kind === 'owner';
  }

  /** Finds the owner, or becomes it. */
  async open(): Promise<void> {
    for (;;) {
      if (this.state.kind === 'stopped') return;
      if ((await this.attach()) || (await this.takeOver())) return;
      await delay(RETRY_MS);
    }
  }

  snapshot(): Promise<EngineSnapshot> {
    return this.call('snapshot', {}, (engine) => engine.snapshot());
  }

  config(): Promise<PublicConfig> {
    return this.call('config', {}, (engine) => engine.config());
  }

  async configure(config: EngineConfig): Promise<void> {
    checkConfig(config);
    this.settings = config;
    await this.call('configure', { config }, async (engine) => {
      await engine.configure(config);
      if (this.state.kind === 'owner') this.state.server.configured(config);
      return null;
    });
  }

  offer(request: OfferRequest): Promise<{ readonly transferId: string }> {
    return this.call('offer', request, (engine) => engine.offer(request));
  }

  async answer(transferId: string, decision: Decision): Promise<void> {
    await this.call('answer', { transferId, decision }, async (engine) => {
      await engine.answer(transferId, decision);
      return null;
    });
  }

  async cancel(transferId: string): Promise<void> {
    await this.call('cancel', { transferId }, async (engine) => {
      await engine.cancel(transferId);
      return null;
    });
  }

  async block(actorId: string, blocked: boolean): Promise<void> {
    await this.call('block', { actorId, blocked }, async (engine) => {
      await engine.block(actorId, blocked);
      return null;
    });
  }

  onEvent(listener: (event: EngineEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async stop(options: { readonly keepOffers?: boolean } = {}): Promise<void> {
    const { state } = this;
    this.state = { kind: 'stopped' };
    if (state.kind === 'client') state.client.close();
    if (state.kind === 'owner') {
      // Let go first: whoever takes over must find the journals closed.
      await state.engine.stop({ keepOffers: options.keepOffers ?? true });
      await state.server.close();
    }
    if (state.kind === 'between') await state.next.catch(() => undefined);
    this.listeners.clear();
  }

  private async attach(): Promise<boolean> {
    try {
      const client = await EngineClient.connect(this.path, this.options.version, {
        onEvent: (event) => {
          this.emit(event);
        },
        onConfigured: (config) => {
          this.settings = config;
        },
        onClose: () => {
          this.succeed();
        },
      });
      if (client === undefined) return false;
      if (this.isStopped()) {
        client.close();
        return true;
      }
      this.settings = client.welcome.config;
      this.state = { kind: 'client', client };
      return true;
    } catch (thrown) {
      if (toBeelineError(thrown).code === 'SERVICE_LOST') return false;
      throw thrown;
    }
  }

  /** Under a lock, because removing a dead socket and binding a new one are two steps. */
  private async takeOver(): Promise<boolean> {
    const { home, log = () => undefined, version } = this.options;
    const store = await openFileHome(home, log);
    const release = await this.lock();
    if (release === undefined) return false;
    let server: EngineServer;
    try {
      // Somebody may have been faster.
      if (await this.attach()) return true;
      server = await EngineServer.bind(this.path, log);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
      throw toBeelineError(cause).code === 'INTERNAL'
        ? errors.homeUnusable(home, (cause as Error).message, { cause })
        : cause;
    } finally {
      await release();
    }
    try {
      const engine = await startEngine({ config: this.settings, home: store, log });
      engine.onEvent((event) => {
        this.emit(event);
      });
      server.serve(engine, this.settings, version);
      if (this.isStopped()) {
        await engine.stop({ keepOffers: true });
        await server.close();
      } else {
        this.state = { kind: 'owner', engine, server };
      }
      return true;
    } catch (thrown) {
      await server.close();
      throw thrown;
    }
  }

  private async lock(): Promise<(() => Promise<void>) | undefined> {
    try {
      const release = await lockfile.lock(this.options.home, {
        lockfilePath: `${this.options.home}/takeover.lock`,
        stale: STALE_LOCK_MS,
        onCompromised: (error) => this.options.log?.(`takeover lock: ${error.message}`),
      });
      return () => release().catch(() => undefined);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ELOCKED') return undefined;
      throw errors.homeUnusable(this.options.home, (cause as Error).message, { cause });
    }
  }

  /** The owner is gone: finds or becomes the next, and tells everybody here where things stand. */
  private succeed(): void {
    if (this.isStopped()) return;
    const next = this.open().then(async () => {
      if (this.isStopped()) return;
      this.emit({ type: 'moved', snapshot: await this.snapshot() });
    });
    this.state = { kind: 'between', next };
    next.catch((thrown: unknown) => {
      this.options.log?.(`succession: ${toBeelineError(thrown).message}`);
    });
  }

  /** Asks whoever owns the engine now, and the next one when that one goes without an answer. */
  private async call<M extends Method>(
    method: M,
    params: Params<M>,
    here: (engine: Engine) => Promise<Result<M>>,
  ): Promise<Result<M>> {
    for (let repeated = false; ; repeated = true) {
      const { state } = this;
      try {
        switch (state.kind) {
          case 'owner':
            return await here(state.engine);
          case 'client':
            return await state.client.call(method, params);
          case 'between':
            await this.settled(state);
            break;
          case 'stopped':
            throw errors.serviceLost();
        }
      } catch (thrown) {
        const { code } = toBeelineError(thrown);
        // The owner that went had taken the answer already; its successor goes on with it.
        if (repeated && method === 'answer' && code === 'OFFER_ANSWERED') return null as Result<M>;
        if (state.kind !== 'client' || code !== 'SERVICE_LOST') throw thrown;
        // The socket's close is told in a moment, and with it the search for a successor begins.
        await delay(RETRY_MS);
      }
    }
  }

  /** Waits until there is an owner again, without waiting for what is told about it. */
  private async settled(state: Extract<State, { kind: 'between' }>): Promise<void> {
    while (this.state === state) {
      await Promise.race([state.next, delay(RETRY_MS)]);
    }
  }

  private isStopped(): boolean {
    return this.state.kind === 'stopped';
  }

  private emit(event: EngineEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
