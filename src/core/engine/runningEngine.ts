import type { TaskEvent, WatchState } from '../ats/types';
import type {
  Decision,
  Engine,
  Invite,
  OfferRequest,
  PublicConfig,
  SourceRequest,
  SourceSummary,
} from '../engine';
import { checkConfig, type EngineConfig } from '../engineConfig';
import { errors, toBeelineError } from '../errors';
import type { AgentRef, EngineEvent, EngineSnapshot, PreviewEntry, ServiceState } from '../events';
import type { Home } from '../home/home';
import {
  checkConversing,
  Passing,
  type ConversingCall,
  type ConversingParams,
  type ConversingResult,
} from './conversing';
import { isTaken, type EngineShared } from './engineShared';
import type { History } from './history';
import { HubMemory } from './hubMemory';
import { Listeners } from './listeners';
import { checkSource, Offering } from './offering';
import { measureSources } from '../transfer/source/measureSources';
import { OpenMode } from './openMode';
import { PairedMode, type PairedParts } from './paired/pairedMode';
import { refOf } from './paired/roster';
import type { Peers } from './peers';
import { samePlace } from './records';
import { RunningTransfers } from './runningTransfers';
import { placeOf, ServiceConnection } from './serviceConnection';

/** Milliseconds a cancelled transfer is given to say so on both sides before the caller goes on. */
const CANCEL_GRACE_MS = 5000;
/** Notices kept for the first who listens. */
const MAX_UNHEARD = 16;

export interface EngineParts {
  readonly home: Home;
  readonly peers: Peers;
  readonly history: History;
  readonly paired: PairedParts;
  readonly log: (line: string) => void;
}

/** The engine in this process: one service, and two ways of knowing a peer. */
export class RunningEngine extends Passing implements Engine {
  private readonly listeners: Listeners;
  /** Notices from before anybody listened. */
  private readonly unheard: EngineEvent[] = [];
  private readonly running: RunningTransfers;
  private readonly open: OpenMode;
  private readonly paired: PairedMode | undefined;
  private readonly stopping = new AbortController();
  private readonly hubs: HubMemory;
  private readonly offering: Offering;
  /** The one in force, and retired ones that transfers still use. */
  private readonly connections = new Set<ServiceConnection>();
  private readonly shared: EngineShared;
  private connection: ServiceConnection;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly parts: EngineParts,
    private settings: EngineConfig,
  ) {
    super();
    this.listeners = new Listeners(parts.log);
    const emit = (event: EngineEvent): void => {
      this.emit(event);
    };
    this.running = new RunningTransfers({ ...parts, emit });
    this.hubs = new HubMemory(parts.home, parts.log);
    this.shared = {
      ...parts,
      running: this.running,
      emit,
      stopping: this.stopping.signal,
      settings: () => this.settings,
      connection: () => this.connection,
      isStopped: () => this.isStopped(),
    };
    this.open = new OpenMode(
      this.shared,
      (actorId) => this.pairedAs(actorId),
      (transferId) => this.paired?.has(transferId) === true,
    );
    this.paired =
      parts.paired.kind === 'ready'
        ? new PairedMode(this.shared, parts.paired, (transferId) => {
            this.open.giveWay(transferId);
          })
        : undefined;
    this.offering = new Offering({
      shared: this.shared,
      open: this.open,
      paired: this.paired,
      pairedAs: (actorId) => this.pairedAs(actorId),
      unpaired: () => this.unpaired(),
    });
    this.connection = this.connect();
  }

  /** Goes on with what the journals hold. */
  async start(): Promise<void> {
    const { connection } = this;
    try {
      await this.open.goOn(connection);
      await this.paired?.goOn();
    } catch (thrown) {
      await connection.close();
      throw thrown;
    }
    connection.start();
    this.paired?.use(connection);
  }

  snapshot(): Promise<EngineSnapshot> {
    const { atsUrl } = this.settings;
    const ended = this.parts.history.list();
    return Promise.resolve({
      service: serviceState(this.connection.state),
      self: this.paired?.self() ?? { kind: 'unavailable', error: this.unpaired().toData() },
      agents: this.paired?.agents() ?? [],
      pairings: this.paired?.pairings() ?? [],
      offers: [...(this.paired?.offers() ?? []), ...this.open.offers()],
      transfers: [
        ...this.running.list(),
        // One that has just ended is in both for a moment.
        ...ended.filter(({ transferId }) => !this.running.has(transferId)),
      ],
      grants: this.paired?.grants() ?? [],
      chats: this.paired?.chats() ?? [],
      calls: this.paired?.calls() ?? [],
      blocked: this.parts.peers.blocked(atsUrl),
    });
  }

  config(): Promise<PublicConfig> {
    const { apiKey, iceServers, ...rest } = this.settings;
    return Promise.resolve(rest);
  }

  async configure(config: EngineConfig): Promise<void> {
    const next = checkConfig(config);
    this.refuseStopped();
    const before = this.settings;
    this.settings = next;
    this.paired?.settingsChanged();
    if (!reconnects(before, next)) {
      this.open.applyRules();
      return;
    }
    this.open.reset();
    if (!samePlace(placeOf(before), placeOf(next))) this.paired?.forgetTasks();
    this.connection.retire();
    const connection = this.connect();
    this.connection = connection;
    this.emit({ type: 'service', service: { kind: 'connecting' } });
    try {
      await this.open.goOn(connection);
    } finally {
      // Another change, or the end, may have come meanwhile.
      if (connection === this.connection && !this.isStopped()) {
        connection.start();
        this.paired?.use(connection);
      }
    }
  }

  async measure(source: SourceRequest, signal?: AbortSignal): Promise<SourceSummary> {
    this.refuseStopped();
    checkSource(source);
    const { signal: stopping } = this.stopping;
    const ended = signal === undefined ? stopping : AbortSignal.any([stopping, signal]);
    return measureSources(source, { signal: ended });
  }

  async offer(request: OfferRequest): Promise<{ readonly transferId: string }> {
    this.refuseStopped();
    return this.offering.offer(request);
  }

  async answer(transferId: string, decision: Decision): Promise<void> {
    this.refuseStopped();
    if (isTaken(this.shared, transferId)) throw errors.offerAnswered();
    if (this.paired?.has(transferId) === true) await this.paired.answer(transferId, decision);
    else await this.open.answer(transferId, decision);
  }

  async cancel(transferId: string): Promise<void> {
    await this.running.cancel(transferId, CANCEL_GRACE_MS);
  }

  resume(transferId: string): Promise<void> {
    const kid = this.running.list().find((one) => one.transferId === transferId)?.agent?.kid;
    if (kid !== undefined) this.paired?.resume(transferId, kid);
    return Promise.resolve();
  }

  preview(transferId: string): Promise<readonly PreviewEntry[]> {
    return this.run(async (paired) => paired.preview(transferId));
  }

  invite(pairingId: string): Promise<Invite> {
    return this.run((paired) => Promise.resolve(paired.invite(pairingId)));
  }

  join(pairingId: string, code: string): Promise<void> {
    return this.run((paired) => {
      paired.join(pairingId, code);
      return Promise.resolve();
    });
  }

  answerPairing(pairingId: string, accept: boolean): Promise<void> {
    return this.run((paired) => paired.answerPairing(pairingId, accept));
  }

  changeAgent(kid: string, change: { allowed?: boolean; blocked?: boolean }): Promise<void> {
    return this.run((paired) => paired.changeAgent(kid, change));
  }

  removeAgent(kid: string): Promise<void> {
    return this.run((paired) => paired.removeAgent(kid));
  }

  revokeGrant(grantId: string): Promise<void> {
    return this.run((paired) => paired.revokeGrant(grantId));
  }

  /** Every call of chats, calls and peers comes this way. */
  pass<M extends ConversingCall>(
    call: M,
    params: ConversingParams<M>,
  ): Promise<ConversingResult<M>> {
    const checked = checkConversing(call, params);
    // Where pairing does not work, nobody chats or calls; a shell that is there need not know.
    if (call === 'attend' && this.paired === undefined) {
      return Promise.resolve() as Promise<ConversingResult<M>>;
    }
    return this.run((paired) => paired.converse(call, checked));
  }

  async block(actorId: string, blocked: boolean): Promise<void> {
    await this.open.block(actorId, blocked);
  }

  onEvent(listener: (event: EngineEvent) => void): () => void {
    const unlisten = this.listeners.add(listener);
    // In a turn of its own, when all who begin to listen now do.
    setImmediate(() => {
      if (this.listeners.size === 0) return;
      for (const event of this.unheard.splice(0)) this.emit(event);
    });
    return unlisten;
  }

  stop(options: { readonly keepOffers?: boolean } = {}): Promise<void> {
    this.stopped ??= this.letGo(options.keepOffers === true);
    return this.stopped;
  }

  private async letGo(keepOffers: boolean): Promise<void> {
    await this.offering.settled();
    if (!keepOffers) await this.running.cancelAll(CANCEL_GRACE_MS);
    await this.paired?.closeLinks();
    await this.running.letGo();
    this.stopping.abort();
    await Promise.all([...this.connections].map((connection) => connection.close()));
    this.listeners.clear();
  }

  private isStopped(): boolean {
    return this.stopped !== undefined;
  }

  private refuseStopped(): void {
    if (this.isStopped()) throw errors.serviceLost();
  }

  private unpaired() {
    const { paired } = this.parts;
    return paired.kind === 'unavailable' ? paired.error : errors.internal('no paired mode');
  }

  private pairedAs(actorId: string): AgentRef | undefined {
    const { paired } = this.parts;
    if (paired.kind === 'ready') return this.paired?.named(actorId);
    const entry = paired.entries.find((one) => one.actorId === actorId);
    return entry && refOf(entry);
  }

  private async run<T>(act: (paired: PairedMode) => Promise<T>): Promise<T> {
    this.refuseStopped();
    if (this.paired === undefined) throw this.unpaired();
    return act(this.paired);
  }

  private connect(): ServiceConnection {
    const connection: ServiceConnection = new ServiceConnection(this.settings, this.hubs, {
      onEvent: (event) => {
        this.hear(connection, event);
      },
      onState: (state) => {
        if (connection !== this.connection) return;
        this.emit({ type: 'service', service: serviceState(state) });
        // A hub that was away may be back with another DHT.
        if (state.kind === 'online') this.paired?.use(connection);
      },
    });
    this.connections.add(connection);
    return connection;
  }

  private hear(connection: ServiceConnection, event: TaskEvent): void {
    if (this.running.tell(connection, event)) return;
    if (connection !== this.connection) return;
    if (this.paired?.tell(event) !== true) this.open.tell(event);
  }

  private emit(event: EngineEvent): void {
    if (this.listeners.size === 0 && event.type === 'notice' && this.unheard.length < MAX_UNHEARD) {
      this.unheard.push(event);
    }
    this.listeners.tell(event);
  }
}

/** Whether a change touches what a connection is made of. */
function reconnects(before: EngineConfig, next: EngineConfig): boolean {
  const parts = (config: EngineConfig): string => {
    const { channel, apiKey, bootstrap, actorName, actorType, relays, directOnly } = config;
    return JSON.stringify([channel, apiKey, bootstrap, actorName, actorType, relays, directOnly]);
  };
  return !samePlace(placeOf(before), placeOf(next)) || parts(before) !== parts(next);
}

function serviceState(state: WatchState): ServiceState {
  return state.kind === 'unreachable'
    ? { kind: 'unreachable', error: toBeelineError(state.error).toData() }
    : state;
}
