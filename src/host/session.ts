import * as vscode from 'vscode';
import type { Engine } from '../core/engine';
import type { EngineConfig } from '../core/engineConfig';
import { errors, fromData, type ErrorData } from '../core/errors';
import type { EngineEvent, EngineSnapshot } from '../core/events';
import type { openEngine } from '../service/openEngine';
import { DisposableList } from './disposables';
import { errorChain, errorData } from './errorData';
import type { Profile } from './profile';
import type { ResolvedSettings } from './settings';
import { applyEvent } from './snapshot';

export type SessionState =
  | { readonly kind: 'unknown' }
  /** Nothing connects or announces anything. */
  | { readonly kind: 'notSetUp' }
  | { readonly kind: 'starting' }
  | {
      readonly kind: 'running';
      readonly engine: Engine;
      readonly settings: ResolvedSettings;
      readonly snapshot: EngineSnapshot;
    }
  | { readonly kind: 'failed'; readonly error: ErrorData };

type Running = Extract<SessionState, { kind: 'running' }>;

export interface SessionComponents {
  readonly readProfile: () => Promise<Profile | undefined>;
  /** @throws CONFIG_INVALID */
  readonly readSettings: (profile: Profile) => Promise<ResolvedSettings>;
  readonly openEngine: (config: EngineConfig) => ReturnType<typeof openEngine>;
  readonly log: vscode.LogOutputChannel;
}

/** This window's hold on the engine: opened once set up, kept in step with the settings. */
export class Session implements vscode.Disposable {
  private current: SessionState = { kind: 'unknown' };
  private readonly held = new DisposableList();
  private readonly changed = this.held.add(new vscode.EventEmitter<SessionState>());
  private readonly refused = this.held.add(new vscode.EventEmitter<ErrorData>());
  private readonly heard = this.held.add(new vscode.EventEmitter<EngineEvent>());
  private engineEvents: (() => void) | undefined;
  private closed = false;
  /** Refreshes run one after the other, so that a start and a change cannot overtake each other. */
  private queue: Promise<void> = Promise.resolve();

  readonly onDidChange = this.changed.event;
  /** A changed configuration was not taken; the old one stays in force. */
  readonly onDidRefuse = this.refused.event;

  /**
   * What the engine tells, for what no snapshot keeps: notices, and how a pairing ended. Fires before
   * the state changes by it.
   */
  readonly onDidHear = this.heard.event;

  constructor(private readonly components: SessionComponents) {}

  get log(): vscode.LogOutputChannel {
    return this.components.log;
  }

  get state(): SessionState {
    return this.current;
  }

  /** Empty unless the engine runs. */
  get snapshot(): EngineSnapshot {
    return this.current.kind === 'running' ? this.current.snapshot : emptySnapshot;
  }

  /** @throws the reason why there is no engine, as a sentence for people */
  engine(): Engine {
    switch (this.current.kind) {
      case 'running':
        return this.current.engine;
      case 'failed':
        throw fromData(this.current.error);
      case 'unknown':
      case 'notSetUp':
      case 'starting':
        throw errors.configInvalid('Beeline is not ready yet. Try again in a moment.');
    }
  }

  /** Reads profile and settings again and does what they say. Never rejects. */
  refresh(): Promise<void> {
    this.queue = this.queue.then(() => this.refreshNow());
    return this.queue;
  }

  /** The list of blocked agents comes without an event. */
  async reload(): Promise<void> {
    if (this.current.kind !== 'running') return;
    const snapshot = await this.current.engine.snapshot();
    this.update({ snapshot });
  }

  /** Lets go of the engine; other windows and terminals of this home go on. */
  async close(): Promise<void> {
    this.closed = true;
    await this.queue;
    await this.letGo();
    this.dispose();
  }

  dispose(): void {
    this.closed = true;
    this.held.dispose();
  }

  private async refreshNow(): Promise<void> {
    if (this.closed) return;
    try {
      const profile = await this.components.readProfile();
      if (profile === undefined) {
        await this.letGo();
        this.become({ kind: 'notSetUp' });
        return;
      }
      const settings = await this.components.readSettings(profile);
      if (this.current.kind === 'running') await this.reconfigure(this.current, settings);
      else await this.open(settings);
    } catch (thrown) {
      const error = errorData(thrown);
      this.components.log.error(errorChain(thrown));
      if (this.current.kind === 'running') this.refused.fire(error);
      else this.become({ kind: 'failed', error });
    }
  }

  private async reconfigure(
    { engine, settings: old }: Running,
    settings: ResolvedSettings,
  ): Promise<void> {
    if (JSON.stringify(old.config) !== JSON.stringify(settings.config)) {
      await engine.configure(settings.config);
      this.components.log.info('The changed settings are in force.');
    }
    this.update({ settings });
  }

  private async open(settings: ResolvedSettings): Promise<void> {
    this.become({ kind: 'starting' });
    const engine = await this.components.openEngine(settings.config);
    if (this.closed) {
      await engine.stop({ keepOffers: true });
      return;
    }
    // What happens while the snapshot is on its way is kept and applied to it. Events carry whole
    // items in order, so applying one that the snapshot already knows does no harm.
    const early: EngineEvent[] = [];
    this.engineEvents = engine.onEvent((event) => {
      if (!this.closed) this.heard.fire(event);
      if (this.current.kind !== 'running') early.push(event);
      else this.update({ snapshot: applyEvent(this.current.snapshot, event) });
    });
    const snapshot = await engine.snapshot();
    this.components.log.info(`Running as ${settings.config.actorId}.`);
    this.become({
      kind: 'running',
      engine,
      settings,
      snapshot: early.reduce(applyEvent, snapshot),
    });
  }

  private async letGo(): Promise<void> {
    this.engineEvents?.();
    this.engineEvents = undefined;
    if (this.current.kind !== 'running') return;
    const { engine } = this.current;
    this.become({ kind: 'unknown' });
    await engine.stop({ keepOffers: true });
  }

  /** Takes the state as it is now, which may have moved on while something was awaited. */
  private update(part: Partial<Pick<Running, 'snapshot' | 'settings'>>): void {
    if (this.current.kind === 'running') this.become({ ...this.current, ...part });
  }

  private become(state: SessionState): void {
    this.current = state;
    if (!this.closed) this.changed.fire(state);
  }
}

const emptySnapshot: EngineSnapshot = {
  service: { kind: 'connecting' },
  // Nothing is known yet; no view is drawn from this.
  self: {
    kind: 'unavailable',
    error: { code: 'SERVICE_LOST', message: 'Beeline is not running.' },
  },
  agents: [],
  pairings: [],
  offers: [],
  transfers: [],
  grants: [],
  chats: [],
  calls: [],
  blocked: [],
};
