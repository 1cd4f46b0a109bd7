import path from 'node:path';
import type { TaskEvent } from '../../ats/types';
import type { Decision, OfferRequest } from '../../engine';
import { DEFAULT_OFFER_LIFETIME_MS } from '../../engineConfig';
import { errors, toBeelineError, type BeelineError } from '../../errors';
import type { IncomingOffer, PreviewEntry } from '../../events';
import type { Answered, AnsweredOffers } from '../../identity/answeredOffers';
import type { Identity } from '../../identity/identity';
import { signOffer } from '../../identity/signedBytes';
import { checkRoom } from '../../receivefs/saveFolder';
import type { ChannelProtocol, Link } from '../../swarm/links';
import { manifestOf } from '../../transfer/manifest';
import type { MessageChannel } from '../../transfer/messageChannel';
import { refuseTransfer } from '../../transfer/refuseTransfer';
import { openSource } from '../../transfer/sourceFile';
import { declineTask } from '../answers';
import { AuditTrail } from '../auditTrail';
import { isTaken, type EngineShared } from '../engineShared';
import { samePlace } from '../records';
import type { LinkKeeper } from './linkKeeper';
import { answerOf, answerTo, endedOffer } from './offerAnswers';
import { OfferTalk } from './offerTalk';
import { PairedInbox, type PairedQuestion } from './pairedInbox';
import type { PairedIncoming, PairedOutgoing } from './pairedRecords';
import { completeTask } from './pairedTask';
import { PairedTransfers } from './pairedTransfers';
import { Previews } from './previews';
import { refOf, type PairedAgent, type Roster } from './roster';
import { ServedOffers } from './servedOffers';

/** Milliseconds in which a link comes up by itself when both are there. */
const LINK_MS = 5000;

export interface PairedOffersParts {
  readonly shared: EngineShared;
  readonly identity: Identity;
  readonly roster: Roster;
  readonly answered: AnsweredOffers;
  readonly keeper: () => LinkKeeper;
  /** A verified offer is asked about; an open one that took its id gives way. */
  readonly asking: (transferId: string) => void;
}

/** Offers and transfers between paired agents: told over links and in tasks, moved over links. */
export class PairedOffers {
  private readonly talks = new Map<string, OfferTalk>();
  private readonly served = new ServedOffers((kid) => this.talks.get(kid));
  private readonly inbox: PairedInbox;
  private readonly record: AuditTrail;
  private readonly previews = new Previews();
  private readonly transfers: PairedTransfers;

  constructor(private readonly parts: PairedOffersParts) {
    const { shared, identity, roster, answered } = parts;
    this.record = new AuditTrail(shared.stopping, shared.log);
    this.transfers = new PairedTransfers({
      ...parts,
      served: this.served,
      tell: (decided, agent) => {
        this.again(decided, agent, undefined);
      },
    });
    this.inbox = new PairedInbox({
      identity,
      roster,
      answered,
      rules: () => {
        const { actorId, channel, allowedPeers = [], maxFileSize } = shared.settings();
        return { actorId, channel, allowedPeers, maxFileSize };
      },
      isTaken: (transferId) => isTaken(shared, transferId),
      ended: (verified) => endedOffer(shared.history.find(verified.id), verified),
      asking: parts.asking,
      again: (before, agent, taskId) => {
        this.again(before, agent, taskId);
      },
      learned: ({ id, senderKid }, taskId) => {
        this.transfers.learned(id, senderKid, taskId);
      },
      decline: (question, error) => void this.decline(question, error, undefined),
      notice: (error) => {
        shared.emit({ type: 'notice', error: error.toData() });
      },
      emit: shared.emit,
      log: shared.log,
    });
  }

  offers(): IncomingOffer[] {
    return this.inbox.list();
  }

  has(transferId: string): boolean {
    return this.inbox.has(transferId);
  }

  /** True when the event was about signed bytes, which open mode must not see. */
  tell(event: TaskEvent): boolean {
    return this.inbox.tell(event);
  }

  onOnline(link: Link): void {
    const talk = new OfferTalk(
      link,
      link.open('beeline/offer', Buffer.alloc(0)),
      {
        onOffer: (_link, offer) => {
          this.inbox.hear(link.kid, offer);
        },
        onAnswer: (_link, answer) => {
          this.served.find(link.kid, answer.id)?.answered(answer);
        },
        onWithdraw: (_link, ids) => {
          this.withdrawn(link.kid, ids);
        },
        onOpen: (_link, ids) => {
          this.served.review(link.kid, ids, this.talks.get(link.kid));
        },
      },
      this.parts.shared.log,
    );
    this.talks.set(link.kid, talk);
    this.served.tellAll(link.kid, talk);
    const open = this.inbox.idsOf(link.kid);
    if (open.length > 0) talk.askOpen(open);
  }

  onOffline(link: Link): void {
    this.talks.delete(link.kid);
  }

  /** True when the channel is taken. */
  onChannel(link: Link, protocol: ChannelProtocol, id: Buffer, channel: MessageChannel): boolean {
    if (protocol !== 'beeline/transfer') return false;
    const offer = this.served.find(link.kid, id.toString('hex'));
    if (offer === undefined) refuseTransfer(channel, errors.offerUnknown());
    else offer.want(link, channel);
    return true;
  }

  /** Another service is in force: what was asked at the one before stays asked, without its task. */
  forgetTasks(): void {
    this.inbox.forgetTasks();
  }

  /** @throws PATH_NOT_FOUND, PATH_UNREADABLE, NOT_A_FILE, NAME_REFUSED, AGENT_BLOCKED */
  async begin(request: OfferRequest, agent: PairedAgent): Promise<void> {
    const { shared, identity } = this.parts;
    const { transferId, offerLifetimeMs = DEFAULT_OFFER_LIFETIME_MS } = request;
    const { entry, keys } = agent;
    if (entry.blocked) throw errors.agentBlocked(entry.actorId);
    const [connection, settings] = [shared.connection(), shared.settings()];
    const release = connection.use();
    try {
      const source = await openSource(request.path);
      // A name that cannot be sent is refused now, not when the other side comes for it.
      manifestOf([source]);
      const now = Date.now();
      const times = {
        createdAt: new Date(now).toISOString(),
        expiresAt: new Date(now + offerLifetimeMs).toISOString(),
      };
      const signed = signOffer({
        identity,
        keys,
        recipientKid: entry.kid,
        id: transferId,
        ...times,
        kind: 'file',
        entries: 1,
        size: source.size,
        details: { name: source.name },
      });
      const record: PairedOutgoing = {
        version: 2,
        place: connection.place,
        transferId,
        agent: refOf(entry),
        peerId: entry.actorId,
        channel: request.channel ?? settings.channel,
        startedAt: times.createdAt,
        expiresAt: times.expiresAt,
        source,
        ...signed,
      };
      await shared.home.write('outgoing', transferId, record);
      this.transfers.send(record, agent);
    } finally {
      release();
    }
  }

  async answer(transferId: string, decision: Decision): Promise<void> {
    const question = this.inbox.takeUp(transferId);
    try {
      if (decision.kind === 'decline') {
        const { actorId } = this.parts.shared.settings();
        await this.decline(question, errors.declined(actorId, undefined), decision.reason);
        this.inbox.close(transferId, 'declined');
      } else {
        // Its channel is needed.
        await this.previews.end(transferId);
        const record = await this.accept(question, decision);
        // It may have come through the service while the journal was written.
        if (question.taskId !== undefined) record.taskId = question.taskId;
        // An engine that goes leaves it journaled, for the next.
        if (!this.parts.shared.isStopped()) this.transfers.receive(record, question.agent);
        this.inbox.close(transferId, 'accepted');
      }
    } finally {
      question.answering = false;
    }
  }

  /** @throws OFFER_UNKNOWN, AGENT_OFFLINE, PROTOCOL */
  async preview(transferId: string): Promise<readonly PreviewEntry[]> {
    const question = this.inbox.find(transferId);
    if (question === undefined) throw errors.offerUnknown();
    const { kid, actorId } = question.agent.entry;
    // An offer may come through the service a moment before the link is up.
    const link = await this.parts
      .keeper()
      .waitFor(kid, AbortSignal.timeout(LINK_MS))
      .catch(() => {
        throw errors.agentOffline(actorId);
      });
    if (question.answering) throw errors.offerAnswered();
    try {
      const manifest = await this.previews.look(transferId, link);
      const { entries, size } = question.verified;
      if (manifest.entries.length !== entries || manifest.bytes !== size) {
        throw errors.metaMismatch('another list than was offered');
      }
      question.digest = manifest.digest.toString('hex');
      return manifest.entries.map((entry) => ({
        path: entry.path,
        kind: entry.kind,
        size: entry.size,
      }));
    } catch (thrown) {
      const error = toBeelineError(thrown);
      if (error.code === 'OFFER_UNKNOWN') this.inbox.close(transferId, 'withdrawn');
      throw error;
    }
  }

  /** Goes on with what the journals hold. */
  goOn(): Promise<void> {
    return this.transfers.goOn();
  }

  /** The agent is gone from the book, or blocked: its questions and transfers end. */
  async dropAll(kid: string, graceMs: number): Promise<void> {
    this.inbox.closeAll(kid);
    const { running } = this.parts.shared;
    const theirs = running.list().filter(({ agent }) => agent?.kid === kid);
    await Promise.all(theirs.map(({ transferId }) => running.cancel(transferId, graceMs)));
  }

  stop(): void {
    this.inbox.stop();
  }

  private async accept(
    { offer, agent, verified, taskId, digest }: PairedQuestion,
    decision: Extract<Decision, { kind: 'accept' }>,
  ): Promise<PairedIncoming> {
    const { shared } = this.parts;
    const directory = decision.directory ?? shared.settings().saveDirectory;
    for (const given of [directory, decision.path]) {
      if (given !== undefined && !path.isAbsolute(given)) {
        throw errors.configInvalid(`Where to save must be an absolute path, not "${given}".`);
      }
    }
    const folder = decision.path === undefined ? directory : path.dirname(decision.path);
    await checkRoom(folder, offer.fileSize);
    const record: PairedIncoming = {
      version: 2,
      place: shared.connection().place,
      transferId: offer.transferId,
      agent: refOf(agent.entry),
      peerId: offer.senderId,
      channel: offer.channel,
      startedAt: new Date().toISOString(),
      expiresAt: verified.expiresAt,
      ...(taskId !== undefined && { taskId }),
      fileName: offer.fileName,
      safeName: offer.safeName,
      fileSize: offer.fileSize,
      entries: verified.entries,
      ...(digest !== undefined && { digest }),
      ...(decision.path === undefined ? { directory } : { path: decision.path }),
    };
    await shared.home.write('incoming', offer.transferId, record);
    // Blocked or removed meanwhile.
    if (this.parts.roster.find(agent.entry.kid)?.entry.blocked !== false) {
      await shared.home.remove('incoming', offer.transferId);
      throw errors.offerUnknown();
    }
    return record;
  }

  /** Remembered first: whatever comes of telling it, the offer is answered. */
  private async decline(
    { verified, agent, taskId }: PairedQuestion,
    error: BeelineError,
    reason: string | undefined,
  ): Promise<void> {
    const said = reason ?? (error.code === 'DECLINED' ? undefined : error.message);
    const decided: Answered = {
      ...answerTo(verified),
      decision: 'declined',
      ...(said !== undefined && { reason: said }),
    };
    await this.parts.answered.remember(decided).catch((thrown: unknown) => {
      // It holds for as long as this engine runs.
      this.parts.shared.log(toBeelineError(thrown).message);
    });
    this.again(decided, agent, taskId);
  }

  /** Tells what was decided: over the link if it is up, and in the task if there is one. */
  private again(answered: Answered, agent: PairedAgent, taskId: number | undefined): void {
    const answer = answerOf(answered);
    if (answer === undefined) return;
    this.talks.get(agent.entry.kid)?.answer(answer);
    if (taskId === undefined) return;
    const { place } = this.parts.shared.connection();
    void this.record.step(`task ${String(taskId)}`, async () => {
      // A service that was left, and may never come back, keeps nobody waiting.
      const connection = this.parts.shared.connection();
      if (!samePlace(place, connection.place)) return;
      const { client } = connection;
      const task = await client.getTask(taskId);
      if (task.status !== 'pending') return;
      if (answer.decision === 'received') {
        const completion = { receipt: answer.receipt, bytes: 0, durationMs: 0 };
        await completeTask(client, taskId, { transferId: answer.id, fileSize: 0 }, completion);
      } else {
        await declineTask(
          client,
          taskId,
          errors.declined(client.actor.id, answer.reason),
          answer.reason,
        );
      }
    });
  }

  private withdrawn(kid: string, ids: readonly string[]): void {
    for (const id of ids) {
      const question = this.inbox.find(id);
      if (question?.agent.entry.kid === kid && !question.answering) {
        this.inbox.close(id, 'withdrawn');
      }
    }
  }
}
