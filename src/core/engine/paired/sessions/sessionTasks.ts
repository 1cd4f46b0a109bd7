import type { TaskEvent } from '../../../ats/types';
import type { Identity } from '../../../identity/identity';
import type { EngineShared } from '../../engineShared';
import { P2P_SESSION } from '../../sessionType';
import type { FrameCarriers } from './frameCarriers';
import type { Session } from './session';
import type { SessionDesk } from './sessionDesk';
import type { SessionEars } from './sessionEars';
import { concludeTask, ENGINE_GONE } from './sessionThread';
import { readSessionHint, type SessionHint } from './taskPayload';

/** Milliseconds between questions for what was said in a task, where no socket tells it. */
const POLL_MS = 3000;

export interface SessionTasksParts {
  readonly shared: EngineShared;
  readonly identity: Identity;
  readonly desk: SessionDesk;
  readonly ears: SessionEars;
  readonly carriers: FrameCarriers;
}

/** Session tasks as the service tells of them: hints, of which only signed and sealed bytes count. */
export class SessionTasks {
  private readonly polling: NodeJS.Timeout;

  constructor(private readonly parts: SessionTasksParts) {
    this.polling = setInterval(() => {
      this.poll();
    }, POLL_MS).unref();
  }

  tell(event: TaskEvent): boolean {
    const { task } = event;
    if (task.type !== P2P_SESSION) return false;
    const hint = readSessionHint(task);
    const { actorId } = this.parts.shared.settings();
    if (hint === undefined) return true;
    const isOpenTask = task.status === 'pending' || task.status === 'in_progress';
    const session = this.sessionOf(hint);
    if (session !== undefined) this.hear(session, event);
    else if (!isOpenTask) return true;
    else if (hint.senderId === actorId && this.isOurs(hint)) this.leftBehind(hint, 'cancel');
    else if (hint.recipientId === actorId && hint.senderId !== actorId) {
      this.parts.ears.requestInTask(hint, hint.sessionId, hint.taskId);
      // Claimed by an engine of ours that is gone: it is over, whatever becomes of the chat.
      const isLost = task.status === 'in_progress' && task.assigneeId === actorId;
      const begun = this.sessionOf(hint);
      if (begun === undefined && isLost) this.leftBehind(hint, 'fail');
      else begun?.thread?.refresh();
    }
    return true;
  }

  /** Reads what was said in all tasks while nobody told us. */
  refresh(): void {
    for (const { thread } of this.parts.desk.list()) thread?.refresh();
  }

  /** Another service is in force: what runs goes on over links and data channels. */
  forget(): void {
    for (const session of this.parts.desk.list()) {
      session.thread?.forget();
      session.thread = undefined;
    }
  }

  stop(): void {
    clearInterval(this.polling);
  }

  private hear(session: Session, { type, task, message }: TaskEvent): void {
    const { thread } = session;
    if (thread === undefined) return;
    if (thread.taskId === undefined) {
      if (session.side === 'caller') thread.taskId = task.id;
      else this.parts.desk.learned(session.agent.entry.kid, session.id, task.id);
    }
    // A task of another number that names the session is somebody's copy.
    if (thread.taskId !== task.id) return;
    if (message !== undefined) thread.take(message);
    else thread.refresh();
    const isFree = type === 'task.lease_expired' || task.status === 'pending';
    if (isFree && session.side === 'callee' && session.state.kind === 'open') thread.claim();
  }

  /** A session that this task names, whoever posted it. */
  private sessionOf({ sessionId, taskId }: SessionHint): Session | undefined {
    const same = this.parts.desk.list().filter(({ id }) => id === sessionId);
    return same.find(({ thread }) => thread?.taskId === taskId) ?? same[0];
  }

  private poll(): void {
    const { state } = this.parts.shared.connection();
    if (state.kind !== 'online' || state.via !== 'polling') return;
    for (const session of this.parts.desk.list()) {
      if (this.parts.carriers.isSlow(session)) session.thread?.refresh();
    }
  }

  /** A task from before this engine ran. */
  private leftBehind({ sessionId, taskId }: SessionHint, kind: 'cancel' | 'fail'): void {
    const end = kind === 'cancel' ? { kind } : { kind, reason: ENGINE_GONE };
    concludeTask(this.parts.shared, sessionId, taskId, end);
  }

  /** Two homes may use one actor id: the request says whose it is. */
  private isOurs({ signed }: SessionHint): boolean {
    try {
      const said: unknown = JSON.parse(Buffer.from(signed, 'base64url').toString());
      const { kid } = this.parts.identity;
      return typeof said === 'object' && said !== null && 'sender' in said && said.sender === kid;
    } catch {
      return false;
    }
  }
}
