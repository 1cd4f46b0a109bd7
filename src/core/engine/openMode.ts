import { randomBytes } from 'node:crypto';
import type { Task, TaskEvent } from '../ats/types';
import type { Decision, OfferRequest } from '../engine';
import { DEFAULT_OFFER_LIFETIME_MS, type EngineConfig } from '../engineConfig';
import { errors, toBeelineError, type BeelineError } from '../errors';
import type { AgentRef, IncomingOffer, Transfer } from '../events';
import { openSource } from '../transfer/sourceFile';
import { acceptOffer, declineTask } from './answers';
import { AuditTrail } from './auditTrail';
import { isTaken, type EngineShared } from './engineShared';
import { runIncoming } from './incoming';
import { OfferInbox, type InboxRules } from './offerInbox';
import { FILE_OFFER, type FileOffer } from './offerPayload';
import { runOutgoing } from './outgoing';
import {
  readIncoming,
  readOutgoing,
  samePlace,
  type IncomingRecord,
  type OutgoingRecord,
} from './records';
import type { ServiceConnection } from './serviceConnection';

/** All that wire version 1 can carry. */
const SINGLE_FILE = { kind: 'file', roots: 1, entries: 1 } as const;

/** Everybody on the task service who speaks ats-p2p: wire version 1, nobody proven. */
export class OpenMode {
  private readonly inbox = new OfferInbox(() => this.rules());
  private readonly declines: AuditTrail;

  constructor(
    private readonly shared: EngineShared,
    /** The paired agent of that actor id, which an open offer then only claims to be from. */
    private readonly pairedAs: (actorId: string) => AgentRef | undefined,
    /** Whether a verified offer of this id is asked about. */
    private readonly isVerified: (transferId: string) => boolean,
  ) {
    this.declines = new AuditTrail(shared.stopping, shared.log);
  }

  offers(): IncomingOffer[] {
    return this.inbox.list();
  }

  /** A verified offer has this id: ids are seen by the service, and anybody can use them again. */
  giveWay(transferId: string): void {
    this.inbox.giveWay(transferId);
  }

  tell(event: TaskEvent): void {
    this.inbox.tell(event);
  }

  /** Begins anew at another service, whose tasks have other numbers. */
  reset(): void {
    this.inbox.reset();
  }

  /** The configuration now in force decides about what is asked already, too. */
  applyRules(): void {
    this.inbox.applyRules();
  }

  /** Journals an offer and begins it. The connection is kept meanwhile: settings may change. */
  async begin(request: OfferRequest): Promise<void> {
    const { transferId, recipientId, offerLifetimeMs = DEFAULT_OFFER_LIFETIME_MS } = request;
    const [connection, settings] = [this.shared.connection(), this.shared.settings()];
    const release = connection.use();
    try {
      const source = await openSource(onlyPath(request));
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
      await this.shared.home.write('outgoing', transferId, record);
      this.launchOutgoing(connection, record);
      void this.remember(settings.atsUrl, recipientId);
    } finally {
      release();
    }
  }

  /** @throws OFFER_UNKNOWN, OFFER_ANSWERED, and what accepting or declining throws */
  async answer(transferId: string, decision: Decision): Promise<void> {
    const question = this.inbox.take(transferId);
    const [connection, settings] = [this.shared.connection(), this.shared.settings()];
    const release = connection.use();
    try {
      if (decision.kind === 'decline') {
        const error = errors.declined(settings.actorId, undefined);
        await declineTask(connection.client, question.taskId, error, decision.reason);
        this.inbox.answer(question, 'declined');
      } else {
        const parts = { connection, settings, home: this.shared.home };
        const record = await acceptOffer(parts, question, decision);
        // An engine that goes leaves it journaled, for the next.
        if (!this.shared.isStopped()) this.launchIncoming(connection, record, true);
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

  /** Stops or again lets an actor of the current task service ask. Its open offers go away. */
  async block(actorId: string, blocked: boolean): Promise<void> {
    await this.shared.peers.block(this.shared.settings().atsUrl, actorId, blocked);
    if (blocked) this.inbox.closeAll((offer) => offer.senderId === actorId);
    else void this.lookAgain();
  }

  /** Goes on with what the journals hold for this connection's place. */
  async goOn(connection: ServiceConnection): Promise<void> {
    const { home } = this.shared;
    for (const entry of await home.readAll('outgoing')) {
      const record = readOutgoing(entry);
      if (record === undefined || !samePlace(record.place, connection.place)) continue;
      if (!isTaken(this.shared, record.transferId)) this.launchOutgoing(connection, record);
    }
    for (const entry of await home.readAll('incoming')) {
      const record = readIncoming(entry);
      if (record === undefined || !samePlace(record.place, connection.place)) continue;
      if (!isTaken(this.shared, record.transferId)) this.launchIncoming(connection, record, false);
    }
  }

  /** Offers that were not shown are told to nobody again by themselves. */
  private async lookAgain(): Promise<void> {
    const { channel } = this.shared.settings();
    const query = { status: 'pending', type: FILE_OFFER, channel } as const;
    const connection = this.shared.connection();
    const found = await connection.client.listTasks(query).catch((thrown: unknown) => {
      this.shared.log(toBeelineError(thrown).message);
      return [];
    });
    for (const task of found) this.inbox.tell({ type: 'seen', task });
  }

  private launchOutgoing(connection: ServiceConnection, record: OutgoingRecord): void {
    connection.watchChannel(record.channel);
    const transfer: Transfer = {
      transferId: record.transferId,
      direction: 'send',
      ...(record.taskId !== undefined && { taskId: record.taskId }),
      peerId: record.recipientId,
      fileName: record.source.name,
      ...SINGLE_FILE,
      fileSize: record.source.size,
      channel: record.channel,
      startedAt: record.startedAt,
      state: { kind: 'waiting', expiresAt: record.expiresAt },
    };
    const { timeoutMs } = this.shared.settings();
    this.shared.running.launch(connection, transfer, 'outgoing', timeoutMs, (context) =>
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
      ...SINGLE_FILE,
      fileSize: record.fileSize,
      channel: record.channel,
      startedAt: record.startedAt,
      state: { kind: 'connecting', again: !claimed },
    };
    const { timeoutMs } = this.shared.settings();
    this.shared.running.launch(connection, transfer, 'incoming', timeoutMs, (context) =>
      runIncoming(context, record, claimed),
    );
  }

  private rules(): InboxRules {
    const { shared } = this;
    const { atsUrl, actorId, allowedPeers, maxFileSize }: EngineConfig = shared.settings();
    const { client } = shared.connection();
    return {
      actorId,
      allowedPeers: allowedPeers ?? [],
      maxFileSize,
      isBlocked: (senderId) => shared.peers.blocked(atsUrl).includes(senderId),
      isKnown: (senderId) => shared.peers.isKnown(atsUrl, senderId),
      isTaken: (transferId) => isTaken(shared, transferId) || this.isVerified(transferId),
      pairedAs: this.pairedAs,
      decline: (task: Task, offer: FileOffer, error: BeelineError) => {
        shared.log(`declined ${offer.transferId} from ${offer.senderId}: ${error.code}`);
        void this.declines.step(`task ${String(task.id)}`, () =>
          declineTask(client, task.id, error),
        );
      },
      emit: shared.emit,
    };
  }

  private async remember(service: string, actorId: string): Promise<void> {
    await this.shared.peers.remember(service, actorId).catch((thrown: unknown) => {
      this.shared.log(toBeelineError(thrown).message);
    });
  }
}

/** @throws CONFIG_INVALID for what only paired agents can be sent */
function onlyPath({ paths, sync, recipientId }: OfferRequest): string {
  const [file] = paths;
  if (file === undefined || paths.length > 1 || sync !== undefined) {
    throw errors.configInvalid(
      `You are not paired with ${recipientId}, so only one file at a time can be sent there. ` +
        'Pair with it to send folders, or several files together.',
    );
  }
  return file;
}
