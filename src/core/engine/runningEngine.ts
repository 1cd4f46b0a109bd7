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
import { checkRoom } from '../receivefs/saveFolder';
import { openSource } from '../transfer/sourceFile';
import { AuditTrail } from './auditTrail';
import { claimTask } from './claim';
import type { History } from './history';
import { runIncoming } from './incoming';
import { OfferInbox, type InboxRules, type Question } from './offerInbox';
import type { FileOffer } from './offerPayload';
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
  private connection: ServiceConnection;

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
    await this.resume(this.connection);
    this.connection.start();
  }

  snapshot(): Promise<EngineSnapshot> {
    const { atsUrl } = this.settings;
    return Promise.resolve({
      service: serviceState(this.connection.state),
      offers: this.inbox.list(),
      transfers: [...this.running.list(), ...this.parts.history.list()],
      blocked: this.parts.peers.blocked(atsUrl),
    });
  }

  config(): Promise<PublicConfig> {
    const { apiKey, ...rest } = this.settings;
    return Promise.resolve(rest);
  }

  async configure(config: EngineConfig): Promise<void> {
    const next = checkConfig(config);
    const before = this.settings;
    this.settings = next;
    if (!reconnects(before, next)) {
      this.inbox.closeAll((offer) => !allows(next, offer.senderId));
      return;
    }
    this.inbox.closeAll();
    this.connection.retire();
    this.connection = this.connect();
    this.emit({ type: 'service', service: { kind: 'connecting' } });
    await this.resume(this.connection);
    this.connection.start();
  }

  async offer(request: OfferRequest): Promise<{ readonly transferId: string }> {
    const { transferId, recipientId } = request;
    if (!/^[0-9a-f]{32}$/.test(transferId))
      throw errors.configInvalid('A transfer id is 32 hex digits.');
    if (this.isTaken(transferId)) return { transferId };
    if (!isActorId(recipientId)) {
      throw errors.configInvalid(`"${recipientId}" cannot be an agent id.`);
    }
    if (recipientId === this.settings.actorId) {
      throw errors.configInvalid(`${recipientId} is this machine's own id. Send to another agent.`);
    }
    if (!path.isAbsolute(request.path)) throw errors.configInvalid('The path must be absolute.');
    const source = await openSource(request.path);
    const channel = request.channel ?? this.settings.channel;
    const now = Date.now();
    const record: OutgoingRecord = {
      version: 1,
      place: this.connection.place,
      transferId,
      source,
      recipientId,
      channel,
      startedAt: new Date(now).toISOString(),
      expiresAt: new Date(
        now + (request.offerLifetimeMs ?? DEFAULT_OFFER_LIFETIME_MS),
      ).toISOString(),
      seed: randomBytes(32).toString('hex'),
    };
    await this.parts.home.write('outgoing', transferId, record);
    this.launchOutgoing(this.connection, record);
    void this.remember(recipientId);
    return { transferId };
  }

  async answer(transferId: string, decision: Decision): Promise<void> {
    if (this.isTaken(transferId)) throw errors.offerAnswered();
    const question = this.inbox.take(transferId);
    try {
      if (decision.kind === 'decline') {
        await this.decline(
          question.offer.taskId,
          errors.declined(this.settings.actorId, undefined),
          decision.reason,
        );
        this.inbox.close(transferId, 'declined');
      } else {
        await this.accept(question, decision);
      }
    } catch (thrown) {
      const error = toBeelineError(thrown);
      const over = ['OFFER_TAKEN', 'OFFER_WITHDRAWN', 'OFFER_UNKNOWN'].includes(error.code);
      if (over) this.inbox.close(transferId, error.code === 'OFFER_TAKEN' ? 'taken' : 'withdrawn');
      else this.inbox.putBack(question);
      throw error;
    }
  }

  async cancel(transferId: string): Promise<void> {
    await this.running.cancel(transferId, CANCEL_GRACE_MS);
  }

  async block(actorId: string, blocked: boolean): Promise<void> {
    await this.parts.peers.block(this.settings.atsUrl, actorId, blocked);
    if (blocked) this.inbox.closeAll((offer) => offer.senderId === actorId);
  }

  onEvent(listener: (event: EngineEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async stop(options: { readonly keepOffers?: boolean } = {}): Promise<void> {
    if (options.keepOffers !== true) await this.running.cancelAll(CANCEL_GRACE_MS);
    await this.running.letGo();
    this.stopping.abort();
    await this.connection.close();
    this.listeners.clear();
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
    return connection;
  }

  private hear(connection: ServiceConnection, event: TaskEvent): void {
    if (this.running.tell(connection, event)) return;
    if (connection === this.connection) this.inbox.tell(event);
  }

  private async resume(connection: ServiceConnection): Promise<void> {
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

  private async accept(
    { offer, fileOffer }: Question,
    decision: Extract<Decision, { kind: 'accept' }>,
  ): Promise<void> {
    const { connection } = this;
    const directory = decision.directory ?? this.settings.saveDirectory;
    const folder = decision.path === undefined ? directory : path.dirname(decision.path);
    await checkRoom(folder, offer.fileSize);
    const record: IncomingRecord = {
      version: 1,
      place: connection.place,
      transferId: offer.transferId,
      taskId: offer.taskId,
      senderId: offer.senderId,
      fileName: offer.fileName,
      safeName: offer.safeName,
      fileSize: offer.fileSize,
      fileHash: offer.fileHash,
      ...(fileOffer.noiseKeyHash !== undefined && { noiseKeyHash: fileOffer.noiseKeyHash }),
      channel: offer.channel,
      startedAt: new Date().toISOString(),
      seed: randomBytes(32).toString('hex'),
      ...(decision.path === undefined ? { directory } : { path: decision.path }),
    };
    await this.parts.home.write('incoming', offer.transferId, record);
    try {
      await claimTask(connection.client, record);
    } catch (thrown) {
      await this.parts.home.remove('incoming', offer.transferId);
      throw thrown;
    }
    this.launchIncoming(connection, record, true);
    this.inbox.close(offer.transferId, 'accepted');
    void this.remember(offer.senderId);
  }

  /** Says why in the thread, then rejects: a rejection alone carries no reason that can be read. */
  private async decline(taskId: number, error: BeelineError, reason?: string): Promise<void> {
    const { client } = this.connection;
    const said = reason ?? (error.code === 'DECLINED' ? '' : error.message);
    await client.addMessage(taskId, [
      { type: 'text', content: said === '' ? 'Declined.' : said },
      { type: 'data', content: { code: error.code, reason: said } },
    ]);
    await client.reject(taskId, said);
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
    return {
      actorId,
      allowedPeers: allowedPeers ?? [],
      maxFileSize,
      isBlocked: (senderId) => this.parts.peers.blocked(atsUrl).includes(senderId),
      isKnown: (senderId) => this.parts.peers.isKnown(atsUrl, senderId),
      isTaken: (transferId) => this.isTaken(transferId),
      decline: (task: Task, offer: FileOffer, error: BeelineError) => {
        this.parts.log(`declined ${offer.transferId} from ${offer.senderId}: ${error.code}`);
        void this.declines.step(`task ${String(task.id)}`, () => this.decline(task.id, error));
      },
      emit: (event) => {
        this.emit(event);
      },
    };
  }

  private async remember(actorId: string): Promise<void> {
    await this.parts.peers.remember(this.settings.atsUrl, actorId).catch((thrown: unknown) => {
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
