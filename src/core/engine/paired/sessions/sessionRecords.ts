import * as v from 'valibot';
import { toBeelineError } from '../../../errors';
import { hexId } from '../../../wire/shapes';
import type { EngineShared } from '../../engineShared';
import { placeSchema, samePlace } from '../../records';
import type { Session } from './session';
import { ENGINE_GONE, SessionThread, type ThreadEnd, type ThreadStep } from './sessionThread';
import { sessionAudit } from './taskPayload';

const word = v.pipe(v.string(), v.minLength(1), v.maxLength(128));

const stored = v.object({
  version: v.literal(1),
  place: placeSchema,
  session: v.object({
    id: hexId,
    kind: v.picklist(['chat', 'call']),
    channel: word,
    senderId: word,
    recipientId: word,
  }),
  /** ISO 8601. */
  startedAt: word,
  /** How it ended; absent while it runs, and when its engine was killed. */
  end: v.optional(
    v.variant('kind', [
      v.object({
        kind: v.literal('complete'),
        outputs: v.tuple([
          v.object({
            session_id: hexId,
            duration_ms: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
            path: v.picklist(['direct', 'relay']),
            reason: word,
          }),
        ]),
      }),
      v.object({ kind: v.literal('cancel') }),
    ]),
  ),
});

type SessionRecord = v.InferOutput<typeof stored>;

/** Sessions whose record waits for the service; of more, the oldest have none. */
export const MAX_KEPT = 256;

/**
 * Sessions that we asked for and that have no task yet, because they were arranged over the link
 * while the service was away: on disk, so that their record is written after a restart too.
 */
export class SessionRecords {
  /** Oldest first. */
  private readonly kept = new Map<string, SessionRecord>();
  /** Those that this engine writes already, or will when they end. */
  private readonly inHand = new Set<string>();
  private readonly writing = new Set<Promise<void>>();
  private isClosed = false;

  constructor(private readonly shared: EngineShared) {}

  /** Reads what earlier engines left. What cannot be understood stays where it is. */
  async open(): Promise<void> {
    const found = await this.shared.home.readAll('sessions').catch((thrown: unknown) => {
      this.shared.log(`records of sessions: ${toBeelineError(thrown).message}`);
      return [];
    });
    const read = found.map((record) => v.safeParse(stored, record));
    const records = read.flatMap(({ success, output }) => (success ? [output] : []));
    records.sort((one, other) => one.startedAt.localeCompare(other.startedAt));
    for (const record of records) this.kept.set(record.session.id, record);
    this.bound();
  }

  /** Writes what earlier engines left, once the service is there. */
  goOn(): void {
    const { place } = this.shared.connection();
    for (const [id, record] of this.kept) {
      if (this.inHand.has(id) || !samePlace(record.place, place)) continue;
      const { session, startedAt, end = { kind: 'fail', reason: ENGINE_GONE } } = record;
      const thread = new SessionThread(this.shared, id, undefined, NOBODY);
      this.inHand.add(id);
      // An engine that was killed may have posted it, and not have heard the answer.
      void thread.create(() => sessionAudit(session, startedAt), { mayExist: true });
      this.await(id, thread.end(end));
    }
  }

  /** Both have agreed, and no task says so yet. */
  began(session: Session): void {
    const { id, kind, agent, startedAt } = session;
    const { actorId: senderId, channel } = this.shared.settings();
    this.inHand.add(id);
    this.kept.set(id, {
      version: 1,
      place: this.shared.connection().place,
      session: { id, kind, channel, senderId, recipientId: agent.entry.actorId },
      startedAt: new Date(startedAt).toISOString(),
    });
    this.write(id);
    this.bound();
  }

  /** Its task is there, which says the rest. */
  posted(id: string): void {
    if (this.kept.get(id)?.end === undefined) this.forget(id);
  }

  /**
   * It is over.
   * @param step resolves when its task says so; undefined when it can have none at the service in
   * force
   */
  ended(id: string, end: ThreadEnd | undefined, step: Promise<ThreadStep> | undefined): void {
    const record = this.kept.get(id);
    if (record === undefined || record.end !== undefined) return;
    const read = v.safeParse(stored, { ...record, end });
    if (end === undefined || !read.success) {
      this.forget(id);
      return;
    }
    this.kept.set(id, read.output);
    this.write(id);
    if (step === undefined) this.inHand.delete(id);
    else this.await(id, step);
  }

  /**
   * Resolves when all is on disk, as far as it can be, and nothing is written any more: a record that
   * the service gets after this is found there by the next engine.
   */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all(this.writing);
  }

  private await(id: string, step: Promise<ThreadStep>): void {
    void step.then((became) => {
      this.inHand.delete(id);
      if (became === 'written' || became === 'refused') this.forget(id);
    });
  }

  private bound(): void {
    for (const id of this.kept.keys()) {
      if (this.kept.size <= MAX_KEPT) return;
      this.forget(id);
    }
  }

  private forget(id: string): void {
    if (!this.kept.delete(id)) return;
    this.inHand.delete(id);
    if (!this.isClosed) this.follow(this.shared.home.remove('sessions', id));
  }

  private write(id: string): void {
    if (!this.isClosed) this.follow(this.shared.home.write('sessions', id, this.kept.get(id)));
  }

  /** A disk that takes nothing costs the record after a restart, and no more. */
  private follow(write: Promise<void>): void {
    const followed: Promise<void> = write
      .catch((thrown: unknown) => {
        this.shared.log(`a session's record: ${toBeelineError(thrown).message}`);
      })
      .finally(() => this.writing.delete(followed));
    this.writing.add(followed);
  }
}

/** A thread that only writes. */
const NOBODY = { onFrames: () => undefined, onAnswer: () => undefined };
