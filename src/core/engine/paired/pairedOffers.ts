import type { TaskEvent } from '../../ats/types';
import type { Decision, OfferRequest } from '../../engine';
import { errors, toBeelineError, type BeelineError } from '../../errors';
import type { IncomingOffer, PreviewEntry } from '../../events';
import type { Answered, AnsweredOffers } from '../../identity/answeredOffers';
import type { Identity } from '../../identity/identity';
import type { ChannelProtocol, Link } from '../../swarm/links';
import type { MessageChannel } from '../../transfer/messageChannel';
import { refuseTransfer } from '../../transfer/refuseTransfer';
import { declineTask } from '../answers';
import { AuditTrail } from '../auditTrail';
import { isTaken, type EngineShared } from '../engineShared';
import { FILE_OFFER } from '../offerPayload';
import { samePlace } from '../records';
import { acceptPaired } from './acceptOffer';
import { beginOffer } from './beginOffer';
import type { Grants } from './grants';
import type { LinkKeeper } from './linkKeeper';
import { answerOf, answerTo, endedOffer } from './offerAnswers';
import { OfferTalk } from './offerTalk';
import { PairedInbox, type PairedQuestion } from './pairedInbox';
import { completeTask } from './pairedTask';
import { PairedTransfers } from './pairedTransfers';
import { PlacedHere } from './placedHere';
import { Previews } from './previews';
import type { Received } from './received';
import type { PairedAgent, Roster } from './roster';
import { ServedOffers } from './servedOffers';
import { sweepAbandoned } from './sweepAbandoned';
import { whatWasBefore } from './whatWasBefore';

/** Milliseconds in which a link comes up by itself when both are there. */
const LINK_MS = 5000;

export interface PairedOffersParts {
  readonly shared: EngineShared;
  readonly identity: Identity;
  readonly roster: Roster;
  readonly answered: AnsweredOffers;
  readonly keeper: () => LinkKeeper;
  readonly received: Received;
  readonly grants: Grants;
  readonly grantsChanged: () => void;
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
      placed: new PlacedHere({ ...parts, log: shared.log }),
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
      before: (verified) => whatWasBefore(parts, verified),
      ended: (verified) => endedOffer(shared.history.find(verified.id), verified),
      asking: parts.asking,
      again: (before, agent, taskId) => {
        this.again(before, agent, taskId);
      },
      learned: ({ id, senderKid }, taskId) => {
        this.transfers.learned(id, senderKid, taskId);
      },
      offeredAgain: ({ id, senderKid }) => {
        this.transfers.offeredAgain(id, senderKid);
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
    const open = [...this.inbox.idsOf(link.kid), ...this.transfers.waitingOf(link.kid)];
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

  /** Settings, or whom the person allows, have changed: what is asked already follows them, too. */
  applyRules(): void {
    this.inbox.applyRules();
  }

  /**
   * An agent is let in again. Its link tells what it offers; of what it left with the service while
   * it is away nobody tells a second time. Never rejects.
   */
  async lookAgain(): Promise<void> {
    const { shared } = this.parts;
    const { channel } = shared.settings();
    const query = { status: 'pending', type: FILE_OFFER, channel } as const;
    const connection = shared.connection();
    const found = await connection.client.listTasks(query).catch((thrown: unknown) => {
      shared.log(toBeelineError(thrown).message);
      return [];
    });
    // At another service the numbers of its tasks mean others.
    if (shared.isStopped() || connection !== shared.connection()) return;
    for (const task of found) this.inbox.tell({ type: 'seen', task });
  }

  /** @throws what `beginOffer` throws */
  async begin(request: OfferRequest, agent: PairedAgent): Promise<void> {
    // The connection is kept meanwhile: settings may change.
    const release = this.parts.shared.connection().use();
    try {
      const { record, manifest } = await beginOffer(this.parts, request, agent);
      this.transfers.send(record, agent, manifest);
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
        const record = await acceptPaired(this.parts, question, decision);
        // It may have come through the service while the journal was written.
        if (question.taskId !== undefined) record.taskId = question.taskId;
        // An engine that goes leaves it journaled, for the next.
        if (!this.parts.shared.isStopped()) this.transfers.receive(record, question.agent);
        this.inbox.close(transferId, 'accepted');
      }
    } finally {
      this.inbox.putBack(question);
    }
  }

  /** @throws OFFER_UNKNOWN, AGENT_OFFLINE, PROTOCOL */
  async preview(transferId: string): Promise<readonly PreviewEntry[]> {
    const question = this.inbox.find(transferId);
    if (question === undefined || question.state === 'aside') throw errors.offerUnknown();
    const { kid, actorId } = question.agent.entry;
    // An offer may come through the service a moment before the link is up.
    const link = await this.parts
      .keeper()
      .waitFor(kid, AbortSignal.timeout(LINK_MS))
      .catch(() => {
        throw errors.agentOffline(actorId);
      });
    if (question.state === 'answering') throw errors.offerAnswered();
    try {
      const { entries, size } = question.verified;
      const { kind, roots, fileName: name } = question.offer;
      const expected = { entries, size, top: { kind, roots, name } };
      const manifest = await this.previews.look(transferId, link, expected);
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

  /** Goes on with what the journals hold, and removes what nobody goes on with. */
  async goOn(): Promise<void> {
    await this.transfers.goOn();
    const { shared, received } = this.parts;
    const folders = [shared.settings().saveDirectory, ...received.folders()];
    void sweepAbandoned(folders, new Set(this.transfers.stagings()), shared.log);
  }

  /** The person has mended what a transfer waits for, or its agent is to be looked for at once. */
  resume(transferId: string): void {
    this.transfers.resume(transferId);
  }

  /** What was granted for a sync holds no more, and its rounds end. */
  async endRounds(syncId: string, graceMs: number): Promise<void> {
    // Else whoever sees them only now would answer by a permission that is no more.
    this.inbox.forgetGrant(syncId);
    const { running } = this.parts.shared;
    await Promise.all(this.transfers.roundsOf(syncId).map((id) => running.cancel(id, graceMs)));
  }

  /** The agent is gone from the book, or blocked: its questions and transfers end. */
  async dropAll(kid: string, graceMs: number): Promise<void> {
    this.inbox.closeAll(kid);
    const { running } = this.parts.shared;
    const theirs = running.list().filter(({ agent }) => agent?.kid === kid);
    await Promise.all(theirs.map(({ transferId }) => running.cancel(transferId, graceMs)));
    const { received, grants } = this.parts;
    const dropped = await grants.forget(kid);
    if (dropped) this.parts.grantsChanged();
    await received.forget(kid);
  }

  stop(): void {
    this.inbox.stop();
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
    await this.remember(decided);
    this.again(decided, agent, taskId);
  }

  private async remember(decided: Answered): Promise<void> {
    await this.parts.answered.remember(decided).catch((thrown: unknown) => {
      // It holds for as long as this engine runs.
      this.parts.shared.log(toBeelineError(thrown).message);
    });
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
        const { state } = this.parts.shared.history.find(answer.id) ?? {};
        const { bytes, durationMs } =
          state?.kind === 'completed' ? state.result : { bytes: 0, durationMs: 0 };
        const completion = { receipt: answer.receipt, bytes, durationMs };
        await completeTask(client, taskId, { transferId: answer.id, fileSize: bytes }, completion);
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
      this.transfers.withdrawn(id, kid);
      const question = this.inbox.find(id);
      if (question?.agent.entry.kid !== kid || question.state === 'answering') continue;
      this.inbox.close(id, 'withdrawn');
      // Its task may be seen only now, and is not asked about again.
      void this.remember({ ...answerTo(question.verified), decision: 'withdrawn' });
    }
  }
}
