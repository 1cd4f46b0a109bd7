import { setTimeout as delay } from 'node:timers/promises';
import type { ConversingCall, ConversingParams, ConversingResult } from '../core/engine/conversing';
import { Listeners } from '../core/engine/listeners';
import { checkConfig, type EngineConfig } from '../core/engineConfig';
import { errors, toBeelineError, type BeelineError } from '../core/errors';
import type { EngineEvent, EngineSnapshot } from '../core/events';
import { openFileHome } from '../core/home/fileHome';
import type { Home } from '../core/home/home';
import { AskingEngine } from './askingEngine';
import { callEngine, type EngineCall } from './engineCalls';
import { EngineClient } from './engineClient';
import { LostCalls } from './lostCalls';
import { meetingPlace, type MeetingPlace } from './meetingPlace';
import type { OpenEngineOptions, SharedEngine } from './openEngine';
import { Ownership } from './ownership';
import type { Method, Params, Result } from './protocol';

type State =
  | { readonly kind: 'owner'; readonly ownership: Ownership }
  | { readonly kind: 'client'; readonly client: EngineClient }
  /** Looking for an owner, or becoming it; `next` never rejects. */
  | { readonly kind: 'between'; readonly next: Promise<void> }
  /** None was found and none could be started here; tried again by every call, and by a timer. */
  | { readonly kind: 'adrift'; readonly error: BeelineError; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'stopped'; done: Promise<void> };

/** Milliseconds between tries to find or become an owner, more or less by chance. */
const RETRY_MS = 50;
/** Milliseconds after which an owner that can neither be reached nor replaced is an error. */
const PATIENCE_MS = 20_000;
/** Milliseconds until a succession that failed is tried again without anybody asking. */
const ADRIFT_MS = 5000;

/** The engine of a home as one process of it holds it, wherever it runs. */
export class HomeEngine extends AskingEngine implements SharedEngine {
  private readonly listeners: Listeners;
  private state: State = { kind: 'between', next: Promise.resolve() };
  private settings: EngineConfig;
  /** What shells of this process attend to, by shell id: said again to each new owner. */
  private readonly attending = new Map<string, ConversingParams<'attend'>>();
  private readonly lostCalls = new LostCalls();
  /** Events of a new owner, until the snapshot that they belong after has been told. */
  private held: EngineEvent[] | undefined;

  constructor(private readonly options: OpenEngineOptions) {
    super();
    this.settings = options.config;
    this.listeners = new Listeners((line) => options.log?.(line));
  }

  get isOwner(): boolean {
    return this.state.kind === 'owner';
  }

  /** Finds the owner, or becomes it. @throws HOME_UNUSABLE, SERVICE_VERSION */
  async open(): Promise<void> {
    // Looked at before anybody is talked to: a home that others can change is nobody's to trust.
    const store = await openFileHome(this.options.home, this.options.log);
    const place = await meetingPlace(this.options.home);
    const since = performance.now();
    while (!this.isStopped()) {
      if ((await this.attach(place)) || (await this.takeOver(place, store))) return;
      if (performance.now() - since > PATIENCE_MS) {
        throw errors.homeUnusable(
          this.options.home,
          'the process that runs its engine does not answer',
        );
      }
      // By chance, so that two that stood in each other's way do not do so again.
      await delay(RETRY_MS * (0.5 + Math.random()));
    }
  }

  override async snapshot(): Promise<EngineSnapshot> {
    const snapshot = await super.snapshot();
    // A process that joins in the middle of a call hears of it here.
    if (this.held === undefined) this.lostCalls.note({ type: 'moved', snapshot });
    return snapshot;
  }

  override async configure(config: EngineConfig): Promise<void> {
    checkConfig(config);
    this.settings = config;
    await super.configure(config);
  }

  override async pass<M extends ConversingCall>(
    call: M,
    params: ConversingParams<M>,
  ): Promise<ConversingResult<M>> {
    if (call === 'attend') this.remember(params as ConversingParams<'attend'>);
    return super.pass(call, params);
  }

  onEvent(listener: (event: EngineEvent) => void): () => void {
    return this.listeners.add(listener);
  }

  stop(options: { readonly keepOffers?: boolean } = {}): Promise<void> {
    const { state } = this;
    if (state.kind === 'stopped') return state.done;
    const stopped: State = { kind: 'stopped', done: Promise.resolve() };
    this.state = stopped;
    stopped.done = this.letGo(state, options.keepOffers ?? true);
    return stopped.done;
  }

  private async letGo(state: State, keepOffers: boolean): Promise<void> {
    if (state.kind === 'client') state.client.close();
    if (state.kind === 'adrift') clearTimeout(state.timer);
    if (state.kind === 'between') await state.next;
    if (state.kind === 'owner') await state.ownership.end({ keepOffers });
    this.listeners.clear();
  }

  private async attach(place: MeetingPlace): Promise<boolean> {
    for (const path of await place.list()) {
      try {
        const client = await EngineClient.connect(path, this.options.version, {
          onEvent: (event) => {
            this.emit(event);
          },
          onConfigured: (config) => {
            this.settings = config;
          },
          onClose: (closed) => {
            if (this.state.kind === 'client' && this.state.client === closed) this.succeed();
          },
        });
        if (client === undefined) continue;
        if (client.closed) return false;
        if (this.isStopped()) {
          client.close();
          return true;
        }
        this.settings = client.config;
        this.state = { kind: 'client', client };
        return true;
      } catch (thrown) {
        if (toBeelineError(thrown).code === 'SERVICE_LOST') return false;
        throw thrown;
      }
    }
    return false;
  }

  private async takeOver(place: MeetingPlace, store: Home): Promise<boolean> {
    if (this.isStopped()) return true;
    const { home, log = () => undefined, version } = this.options;
    const ownership = await Ownership.claim({
      home,
      store,
      place,
      config: this.settings,
      version,
      log,
      hooks: {
        onEvent: (event) => {
          this.emit(event);
        },
        onConfigured: (config) => {
          this.settings = config;
        },
        onLost: (lost) => {
          if (this.state.kind === 'owner' && this.state.ownership === lost) {
            this.succeed(lost.end({ keepOffers: true }));
          }
        },
      },
    });
    if (ownership === undefined) return false;
    if (this.isStopped()) await ownership.end({ keepOffers: true });
    else this.state = { kind: 'owner', ownership };
    return true;
  }

  /** The owner is gone: finds or becomes the next, and tells everybody here where things stand. */
  private succeed(after: Promise<void> = Promise.resolve()): void {
    this.held ??= [];
    const next = after
      .then(() => this.open())
      .catch((thrown: unknown) => {
        if (this.isStopped()) return;
        const error = toBeelineError(thrown);
        this.options.log?.(`succession: ${error.message}`);
        const timer = setTimeout(() => {
          if (this.state.kind === 'adrift') this.succeed();
        }, ADRIFT_MS);
        this.state = { kind: 'adrift', error, timer };
      });
    this.state = { kind: 'between', next };
    void next.then(() => this.tellMoved());
  }

  private async tellMoved(): Promise<void> {
    const { state } = this;
    try {
      if (state.kind === 'owner' || state.kind === 'client') {
        await this.attendAgain(state);
        const snapshot =
          state.kind === 'owner'
            ? await state.ownership.engine.snapshot()
            : await state.client.call('snapshot', {});
        if (this.state !== state) return;
        const held = this.held ?? [];
        this.held = undefined;
        for (const event of [...this.lostCalls.moved(snapshot), ...held]) this.emit(event);
      }
    } catch (thrown) {
      // That one went as well; the next tells.
      this.options.log?.(`succession: ${toBeelineError(thrown).message}`);
    }
  }

  private remember(attended: ConversingParams<'attend'>): void {
    const { shellId, chats, calls, open } = attended;
    if (chats || calls || open.length > 0) this.attending.set(shellId, attended);
    else this.attending.delete(shellId);
  }

  /** An owner knows of nobody what it told its predecessor. */
  private async attendAgain(state: Extract<State, { kind: 'owner' | 'client' }>): Promise<void> {
    for (const attended of [...this.attending.values()]) {
      if (state.kind === 'owner') await state.ownership.engine.attend(attended);
      else await state.client.call('attend', attended);
    }
  }

  /** Asks whoever owns the engine now, and the next one when that one goes without an answer. */
  protected async ask<M extends EngineCall>(
    method: M,
    params: Params<M>,
    signal?: AbortSignal,
  ): Promise<Result<M>> {
    let repeated = false;
    let waited = false;
    for (;;) {
      const { state } = this;
      if (signal?.aborted === true) throw errors.cancelled();
      try {
        switch (state.kind) {
          case 'owner':
            return await callEngine(state.ownership.engine, method, params, signal);
          case 'client':
            return await state.client.call(method, params, signal);
          case 'between':
            await state.next;
            waited = true;
            continue;
          case 'adrift':
            if (waited) throw state.error;
            clearTimeout(state.timer);
            this.succeed();
            continue;
          case 'stopped':
            throw errors.serviceLost();
        }
      } catch (thrown) {
        const { code } = toBeelineError(thrown);
        if (repeated && wasDone(method, params, code)) return null as Result<M>;
        const asked = state.kind === 'owner' || state.kind === 'client';
        if (!asked || code !== 'SERVICE_LOST') throw thrown;
        repeated = true;
        // The socket's close is told in a moment, and with it the search for a successor begins.
        await delay(RETRY_MS);
      }
    }
  }

  private isStopped(): boolean {
    return this.state.kind === 'stopped';
  }

  private emit(event: EngineEvent): void {
    if (this.held !== undefined) {
      this.held.push(event);
      return;
    }
    this.lostCalls.note(event);
    this.listeners.tell(event);
  }
}

/** Whether a successor's refusal means that the owner before it had already done what was asked. */
function wasDone(method: Method, params: Params<Method>, code: string): boolean {
  if (method !== 'answer') return false;
  const { decision } = params as Params<'answer'>;
  return code === (decision.kind === 'accept' ? 'OFFER_ANSWERED' : 'OFFER_UNKNOWN');
}
