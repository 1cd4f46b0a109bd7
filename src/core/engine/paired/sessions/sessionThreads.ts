import { Bounded } from '../../../bounded';
import type { SignedMessage } from '../../../identity/signedMessage';
import type { EngineShared } from '../../engineShared';
import { keyOf, kidOf, type Session } from './session';
import { SessionRecords } from './sessionRecords';
import { concludeTask, SessionThread, type ThreadEnd } from './sessionThread';
import { sessionAudit, sessionTask } from './taskPayload';

/** Ends of sessions whose task may be seen only later. */
const MAX_ENDINGS = 256;

export interface SessionThreadsParts {
  readonly shared: EngineShared;
  readonly onFrame: (session: Session, frame: Buffer) => void;
  readonly onAnswer: (session: Session, answer: SignedMessage) => void;
}

/** The tasks of all sessions: posted, answered, and ended truthfully however late they are seen. */
export class SessionThreads {
  /** Those that may have something to say still. */
  private readonly threads = new Set<SessionThread>();
  private readonly endings = new Bounded<string, ThreadEnd>(MAX_ENDINGS);

  private readonly records: SessionRecords;

  constructor(private readonly parts: SessionThreadsParts) {
    this.records = new SessionRecords(parts.shared);
  }

  /** Reads what earlier engines left to be recorded. */
  start(): Promise<void> {
    return this.records.open();
  }

  /** The service is there (again). */
  serviceBack(): void {
    this.records.goOn();
  }

  /** Posts the task of a session that we ask for. */
  post(session: Session, said: SignedMessage): void {
    const { actorId: senderId, channel } = this.parts.shared.settings();
    const { actorId: recipientId } = session.agent.entry;
    const { id, kind } = session;
    const about = { id, kind, channel, senderId, recipientId };
    const startedAt = new Date(session.startedAt).toISOString();
    const thread = this.attach(session, undefined);
    const posted = thread.create(() => {
      if (!isOver(session)) return sessionTask(about, said);
      // Arranged over the link while the service was away: it is only recorded.
      return session.openedAt === undefined ? undefined : sessionAudit(about, startedAt);
    });
    void posted.then(() => {
      if (thread.taskId !== undefined && !isOver(session)) this.records.posted(id);
    });
  }

  /** Both have agreed. */
  opened(session: Session): void {
    const { thread, side } = session;
    const isUnknown = thread !== undefined && thread.taskId === undefined;
    if (side === 'caller' && isUnknown) this.records.began(session);
  }

  /** Gives a session its thread; a task that is not known yet is `learned`. */
  attach(session: Session, taskId: number | undefined): SessionThread {
    const thread = new SessionThread(this.parts.shared, session.id, taskId, {
      onFrames: (frames) => {
        for (const frame of frames) this.parts.onFrame(session, frame);
      },
      onAnswer: (answer) => {
        this.parts.onAnswer(session, answer);
      },
    });
    session.thread = thread;
    this.threads.add(thread);
    return thread;
  }

  /** The task of a session that runs. False when it is known, or when there is no thread. */
  learned(session: Session, taskId: number): boolean {
    const { thread, side, said } = session;
    if (thread === undefined || thread.taskId !== undefined) return false;
    thread.taskId = taskId;
    if (side === 'callee' && said !== undefined) {
      thread.claim();
      thread.answer(said);
    }
    return true;
  }

  /** The task of a session that ended before its task was seen. False when none did. */
  learnedLate(kid: string, id: string, taskId: number): boolean {
    const ending = this.endings.get(keyOf(kid, id));
    if (ending === undefined) return false;
    concludeTask(this.parts.shared, id, taskId, ending);
    this.endings.delete(keyOf(kid, id));
    return true;
  }

  /** Ends the task as said; without an end it is left to the other side. */
  conclude(session: Session, end: ThreadEnd | undefined): void {
    const { thread } = session;
    if (thread === undefined) {
      this.records.ended(session.id, end, undefined);
      return;
    }
    if (end === undefined) thread.rest();
    this.records.ended(session.id, end, end && thread.end(end));
    void thread.settled().then(() => this.threads.delete(thread));
    if (end === undefined) return;
    if (thread.taskId !== undefined || session.side === 'caller') return;
    this.endings.set(keyOf(kidOf(session), session.id), end);
  }

  /** Resolves when the tasks say what they have to, as far as the service can be told. */
  async settled(): Promise<void> {
    await Promise.all([...this.threads].map((thread) => thread.settled()));
  }

  /** Resolves when what has to be recorded later is on disk, and nothing more is put there. */
  close(): Promise<void> {
    return this.records.close();
  }
}

function isOver({ state }: Session): boolean {
  return state.kind === 'ended' || state.kind === 'leaving';
}

/** What the task is to say: by the callee, or by the caller who only records what was. */
export function endOf(session: Session, reason: string): ThreadEnd | undefined {
  const { side, openedAt, path, thread, id } = session;
  const isRecord = side === 'caller' && thread?.taskId === undefined;
  if (openedAt === undefined || (side === 'caller' && !isRecord)) return undefined;
  const duration_ms = Math.max(0, Date.now() - openedAt);
  return { kind: 'complete', outputs: [{ session_id: id, duration_ms, path, reason }] };
}
