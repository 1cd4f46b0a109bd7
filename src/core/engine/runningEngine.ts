import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Task, TaskEvent, WatchState } from '../ats/types';
import type { Decision, Engine, OfferRequest, PublicConfig } from '../engine';
import {
  checkConfig,
  DEFAULT_OFFER_LIFETIME_MS,
  isActorId,
  type EngineConfig,
} from '../engineConfig';
import { errors, toBeelineError, type BeelineError } from '../errors';
import type { EngineEvent, EngineSnapshot, ServiceState, Transfer } from '../events';
import type { Home } from '../home/home';
import { openSource } from '../transfer/sourceFile';
import { acceptOffer, declineTask } from './answers';
import { AuditTrail } from './auditTrail';
import type { History } from './history';
import { runIncoming } from './incoming';
import { OfferInbox, type InboxRules } from './offerInbox';
import { FILE_OFFER, type FileOffer } from './offerPayload';
import { runOutgoing } from './outgoing';
import type { Peers } from './peers';
import { placeOf, ServiceConnection } from './serviceConnection';
import {
  readIncoming,
  readOutgoing,
  samePlace,
  type IncomingRecord,
  type OutgoingRecord,
} from './records';
import { RunningTransfers } from './runningTransfers';

/** Milliseconds a cancelled transfer is given to say so on both sides before the caller goes on. */
const CANCEL_GRACE_MS = 5000;
/** A week: long enough for holidays, and what a timer can count. */
const MAX_OFFER_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

export interface EngineParts {
  readonly home: Home;
  readonly peers: Peers;
  readonly history: History;
  readonly log: (line: string) => void;
}

/** The engine in this process. */
export class RunningEngine implements Engine {
  private readonly listeners = new Set<(event: EngineEvent) => void>();
  private readonly running: RunningTransfers;
  private readonly inbox = new OfferInbox(() => this.rules());
  private readonly stopping = new AbortController();
  private readonly declines: AuditTrail;
  /** Calls of `offer` that have not launched yet: repeated ones join them. */
  private readonly offering = new Map<string, Promise<void>>();
  /** The one in force, and retired ones that transfers still use. */
  private readonly connections = new Set<ServiceConnection>();
  private connection: ServiceConnection;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly parts: EngineParts,
    private settings: EngineConfig,
  ) {
    const emit = (event: EngineEvent): void => {
      this.emit(event);
    };
    this.declines = new AuditTrail(this.stopping.signal, parts.log);
    this.running = new RunningTransfers({ ...parts, emit });
    this.connection = this.connect();
  }

  /** Goes on with what the journals hold. */
  async start(): Promise<void> {
    const { connection } = this;
    try {
      await this.goOn(connection);
    } catch (thrown) {
      await connection.close();
      throw thrown;
    }
    connection.start();
  }

  snapshot(): Promise<EngineSnapshot> {
    const { atsUrl } = this.settings;
    const ended = this.parts.history.list();
    return Promise.resolve({
      service: serviceState(this.connection.state),
      self: { kind: 'unavailable', error: errors.internal('not yet').toData() },
      agents: [],
      pairings: [],
      offers: this.inbox.list(),
      transfers: [
        ...this.running.list(),
        // One that has just ended is in both for a moment.
        ...ended.filter(({ transferId }) => !this.running.has(transferId)),
      ],
      blocked: this.parts.peers.blocked(atsUrl),
    });
  }

  config(): Promise<PublicConfig> {
    const { apiKey, ...rest } = this.settings;
    return Promise.resolve(rest);
  }

  async configure(config: EngineConfig): Promise<void> {
    const next = checkConfig(config);
    this.refuseStopped();
    const before = this.settings;
    this.settings = next;
    if (!reconnects(before, next)) {
      this.inbox.closeAll((offer) => !allows(next, offer.senderId));
      return;
    }
    this.inbox.reset();
    this.connection.retire();
    const connection = this.connect();
    this.connection = connection;
    this.emit({ type: 'service', service: { kind: 'connecting' } });
    try {
      await this.goOn(connection);
    } finally {
      connection.start();
    }
  }

  async offer(request: OfferRequest): Promise<{ readonly transferId: string }> {
    const { transferId } = request;
    this.checkOffer(request);
    if (!this.isTaken(transferId)) {
      let offering = this.offering.get(transferId);
      if (offering === undefined) {
        offering = this.begin(request).finally(() => this.offering.delete(transferId));
        this.offering.set(transferId, offering);
      }
      await offering;
    }
    return { transferId };
  }

  async answer(transferId: string, decision: Decision): Promise<void> {
    this.refuseStopped();
    if (this.isTaken(transferId)) throw errors.offerAnswered();
    const question = this.inbox.take(transferId);
    const { connection, settings } = this;
    const release = connection.use();
    try {
      if (decision.kind === 'decline') {
        const error = errors.declined(settings.actorId, undefined);
        await declineTask(connection.client, question.taskId, error, decision.reason);
        this.inbox.answer(question, 'declined');
      } else {
        const parts = { connection, settings, home: this.parts.home };
        const record = await acceptOffer(parts, question, decision);
        // An engine that goes leaves it journaled, for the next.
        if (!this.isStopped()) this.launchIncoming(connection, record, true);
        this.inbox.answer(question, 'accepted');
        void this.remember(settings.atsUrl, record.senderId);
      }
    } catch (thrown) {
      const error = toBeelineError(thrown);
      const over = ['OFFER_TAKEN', 'OFFER_WITHDRAWN', 'OFFER_UNKNOWN'].includes(error.code);
      if (over) this.inbox.close(transferId, error.code === 'OFFER_TAKEN' ? 'taken' : 'withdrawn');
      else this.inbox.putBack(question);
      throw error;
    } finally {
      release();
    }
  }

  async cancel(transferId: string): Promise<void> {
    await this.running.cancel(transferId, CANCEL_GRACE_MS);
  }

  async block(actorId: string, blocked: boolean): Promise<void> {
    await this.parts.peers.block(this.settings.atsUrl, actorId, blocked);
    if (blocked) this.inbox.closeAll((offer) => offer.senderId === actorId);
    else void this.lookAgain(this.connection);
  }

  resume(): Promise<void> {
    return Promise.resolve();
  }
  preview(): Promise<never> {
    return Promise.reject(errors.offerUnknown());
  }
  invite(): Promise<never> {
    return Promise.reject(errors.internal('not yet'));
  }
  join(): Promise<never> {
    return Promise.reject(errors.internal('not yet'));
  }
  answerPairing(): Promise<never> {
    return Promise.reject(errors.internal('not yet'));
  }
  changeAgent(): Promise<never> {
    return Promise.reject(errors.internal('not yet'));
  }
  removeAgent(): Promise<never> {
    return Promise.reject(errors.internal('not yet'));
  }

  onEvent(listener: (event: EngineEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  stop(options: { readonly keepOffers?: boolean } = {}): Promise<void> {
    this.stopped ??= this.letGo(options.keepOffers === true);
    return this.stopped;
  }

  private async letGo(keepOffers: boolean): Promise<void> {
    await Promise.allSettled(this.offering.values());
    if (!keepOffers) await this.running.cancelAll(CANCEL_GRACE_MS);
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

  private connect(): ServiceConnection {
    const connection: ServiceConnection = new ServiceConnection(this.settings, {
      onEvent: (event) => {
        this.hear(connection, event);
      },
      onState: (state) => {
        if (connection === this.connection) {
          this.emit({ type: 'service', service: serviceState(state) });
        }
      },
    });
    this.connections.add(connection);
    return connection;
  }

  private hear(connection: ServiceConnection, event: TaskEvent): void {
    if (this.running.tell(connection, event)) return;
    if (connection === this.connection) this.inbox.tell(event);
  }

  private checkOffer(request: OfferRequest): void {
    const { transferId, recipientId, offerLifetimeMs = DEFAULT_OFFER_LIFETIME_MS } = request;
    this.refuseStopped();
    if (!/^[0-9a-f]{32}$/.test(transferId)) {
      throw errors.configInvalid('A transfer id is 32 hex digits.');
    }
    if (!isActorId(recipientId)) {
      throw errors.configInvalid(`"${recipientId}" cannot be an agent id.`);
    }
    if (recipientId === this.settings.actorId) {
      throw errors.configInvalid(`${recipientId} is this machine's own id. Send to another agent.`);
    }
    if (!path.isAbsolute(request.path)) throw errors.configInvalid('The path must be absolute.');
    if (!(offerLifetimeMs >= 1 && offerLifetimeMs <= MAX_OFFER_LIFETIME_MS)) {
      throw errors.configInvalid('An offer can stand for up to 7 days.');
    }
  }

  /** Journals an offer and begins it. The connection is kept meanwhile: settings may change. */
  private async begin(request: OfferRequest): Promise<void> {
    const { transferId, recipientId, offerLifetimeMs = DEFAULT_OFFER_LIFETIME_MS } = request;
    const { connection, settings } = this;
    const release = connection.use();
    try {
      const source = await openSource(request.path);
      const now = Date.now();
      const record: OutgoingRecord = {
        version: 1,
        place: connection.place,
        transferId,
        source,
        recipientId,
        channel: request.channel ?? settings.channel,
        startedAt: new Date(now).toISOString(),
        expiresAt: new Date(now + offerLifetimeMs).toISOString(),
        seed: randomBytes(32).toString('hex'),
      };
      await this.parts.home.write('outgoing', transferId, record);
      this.launchOutgoing(connection, record);
      void this.remember(settings.atsUrl, recipientId);
    } finally {
      release();
    }
  }

  /** Offers that were not shown are told to nobody again by themselves. */
  private async lookAgain(connection: ServiceConnection): Promise<void> {
    const query = { status: 'pending', type: FILE_OFFER, channel: this.settings.channel } as const;
    const found = await connection.client.listTasks(query).catch((thrown: unknown) => {
      this.parts.log(toBeelineError(thrown).message);
      return [];
    });
    for (const task of found) this.hear(connection, { type: 'seen', task });
  }

  private async goOn(connection: ServiceConnection): Promise<void> {
    for (const entry of await this.parts.home.readAll('outgoing')) {
      const record = readOutgoing(entry);
      if (record === undefined || !samePlace(record.place, connection.place)) continue;
      if (!this.isTaken(record.transferId)) this.launchOutgoing(connection, record);
    }
    for (const entry of await this.parts.home.readAll('incoming')) {
      const record = readIncoming(entry);
      if (record === undefined || !samePlace(record.place, connection.place)) continue;
      if (!this.isTaken(record.transferId)) this.launchIncoming(connection, record, false);
    }
  }

  private launchOutgoing(connection: ServiceConnection, record: OutgoingRecord): void {
    connection.watchChannel(record.channel);
    const transfer: Transfer = {
      transferId: record.transferId,
      direction: 'send',
      ...(record.taskId !== undefined && { taskId: record.taskId }),
      peerId: record.recipientId,
      fileName: record.source.name,
      fileSize: record.source.size,
      channel: record.channel,
      startedAt: record.startedAt,
      state: { kind: 'waiting', expiresAt: record.expiresAt },
    };
    this.running.launch(connection, transfer, 'outgoing', this.settings.timeoutMs, (context) =>
      runOutgoing(context, record),
    );
  }

  private launchIncoming(
    connection: ServiceConnection,
    record: IncomingRecord,
    claimed: boolean,
  ): void {
    const transfer: Transfer = {
      transferId: record.transferId,
      direction: 'receive',
      taskId: record.taskId,
      peerId: record.senderId,
      fileName: record.fileName,
      fileSize: record.fileSize,
      channel: record.channel,
      startedAt: record.startedAt,
      state: { kind: 'connecting', again: !claimed },
    };
    this.running.launch(connection, transfer, 'incoming', this.settings.timeoutMs, (context) =>
      runIncoming(context, record, claimed),
    );
  }

  private isTaken(transferId: string): boolean {
    return this.running.has(transferId) || this.parts.history.find(transferId) !== undefined;
  }

  private rules(): InboxRules {
    const { atsUrl, actorId, allowedPeers, maxFileSize } = this.settings;
    const { client } = this.connection;
    return {
      actorId,
      allowedPeers: allowedPeers ?? [],
      maxFileSize,
      isBlocked: (senderId) => this.parts.peers.blocked(atsUrl).includes(senderId),
      isKnown: (senderId) => this.parts.peers.isKnown(atsUrl, senderId),
      isTaken: (transferId) => this.isTaken(transferId),
      decline: (task: Task, offer: FileOffer, error: BeelineError) => {
        this.parts.log(`declined ${offer.transferId} from ${offer.senderId}: ${error.code}`);
        void this.declines.step(`task ${String(task.id)}`, () =>
          declineTask(client, task.id, error),
        );
      },
      emit: (event) => {
        this.emit(event);
      },
    };
  }

  private async remember(service: string, actorId: string): Promise<void> {
    await this.parts.peers.remember(service, actorId).catch((thrown: unknown) => {
      this.parts.log(toBeelineError(thrown).message);
    });
  }

  private emit(event: EngineEvent): void {
    for (const listener of this.listeners) {
      try {
        listener(event);
      } catch (thrown) {
        this.parts.log(`a listener failed: ${toBeelineError(thrown).message}`);
      }
    }
  }
}

function allows({ allowedPeers }: EngineConfig, senderId: string): boolean {
  return allowedPeers === undefined || allowedPeers.length === 0 || allowedPeers.includes(senderId);
}

/** Whether a change touches what a connection is made of. */
function reconnects(before: EngineConfig, next: EngineConfig): boolean {
  const parts = ({ channel, apiKey, bootstrap, actorName, actorType }: EngineConfig): string =>
    JSON.stringify([channel, apiKey, bootstrap, actorName, actorType]);
  return !samePlace(placeOf(before), placeOf(next)) || parts(before) !== parts(next);
}

function serviceState(state: WatchState): ServiceState {
  return state.kind === 'unreachable'
    ? { kind: 'unreachable', error: toBeelineError(state.error).toData() }
    : state;
}
