import type { AtsClient, MessagePart, NewTask, TaskMessage } from '../../../ats/types';
import { Bounded } from '../../../bounded';
import { toBeelineError } from '../../../errors';
import type { SignedMessage } from '../../../identity/signedMessage';
import { AuditTrail } from '../../auditTrail';
import type { EngineShared } from '../../engineShared';
import { samePlace, type Place } from '../../records';
import { P2P_SESSION, SESSION_AUDIT } from '../../sessionType';
import { answerPart, framesPart, MAX_FRAMES, readPart } from './taskPayload';

/** Milliseconds of a claim. It is claimed again when it ran out; renewing extends nothing. */
const LEASE_MS = 60 * 60 * 1000;
/** Bytes of sealed frames in one message: half of what a hub takes, with room for base64. */
const MAX_BATCH_BYTES = 384 * 1024;
/** Frames that wait to be posted; those beyond are sent again by their stream. */
const MAX_QUEUED = 256;
/** Frames and messages that are remembered, so that neither is posted or read twice. */
const MAX_REMEMBERED = 2048;
/** The use and the number of a frame, in bytes. */
const FRAME_NAME_BYTES = 9;
const MAX_FOUND = 20;
const SESSION_TYPES: readonly string[] = [P2P_SESSION, SESSION_AUDIT];

export interface ThreadHooks {
  onFrames(frames: readonly Buffer[]): void;
  onAnswer(answer: SignedMessage): void;
}

/** What became of a step; `elsewhere` when another service is in force by then. */
export type ThreadStep = 'written' | 'refused' | 'stopped' | 'elsewhere';

/** Why a session failed that nobody ended. */
export const ENGINE_GONE = 'The engine that held the session is gone.';

/** How a session ended, as its task says it. */
export type ThreadEnd =
  | { readonly kind: 'complete'; readonly outputs: readonly unknown[] }
  | { readonly kind: 'reject'; readonly reason: string }
  | { readonly kind: 'fail'; readonly reason: string }
  | { readonly kind: 'cancel' };

/**
 * The task of one session: its record, and the way of its sealed frames when there is no other.
 * Steps are taken in order, for as long as it takes the service to be there.
 */
export class SessionThread {
  private readonly trail: AuditTrail;
  private readonly place: Place;
  private readonly queued = new Map<string, Buffer>();
  private readonly posted = new Bounded<string, true>(MAX_REMEMBERED);
  private readonly heard = new Bounded<string, true>(MAX_REMEMBERED);
  private isPosting = false;
  private isListing = false;
  private ended = false;

  constructor(
    private readonly shared: EngineShared,
    private readonly sessionId: string,
    /** The service's number, when it is known. */
    public taskId: number | undefined,
    private readonly hooks: ThreadHooks,
  ) {
    this.trail = new AuditTrail(shared.stopping, shared.log);
    this.place = shared.connection().place;
  }

  /**
   * Posts the request, or what is made of it by then.
   * @param mayExist another engine may have posted it
   */
  create(
    task: () => NewTask | undefined,
    { mayExist }: { readonly mayExist: boolean } = { mayExist: false },
  ): Promise<ThreadStep> {
    let tried = mayExist;
    return this.step(async (client) => {
      const made = task();
      if (this.taskId !== undefined || made === undefined) return;
      const found = tried ? await this.find(client, made.channel) : undefined;
      tried = true;
      this.taskId = found ?? (await client.createTask(made)).id;
      this.flush();
    });
  }

  /** Takes it as ours to end, now or again. A service that says no changes nothing. */
  claim(): void {
    void this.step(async (client) => {
      if (this.taskId === undefined) return;
      await client.claim(this.taskId, LEASE_MS);
    });
  }

  answer(answer: SignedMessage): void {
    void this.step((client) => this.say(client, [answerPart(this.sessionId, answer)]));
  }

  /** Each frame is posted once, since the service keeps what it was given. */
  post(frames: readonly Buffer[]): void {
    if (this.ended) return;
    for (const frame of frames) {
      const name = frame.subarray(0, FRAME_NAME_BYTES).toString('hex');
      if (this.posted.has(name) || this.queued.size >= MAX_QUEUED) continue;
      this.queued.set(name, frame);
    }
    this.flush();
  }

  /** A message of the task as it came, by event or by asking. */
  take(message: TaskMessage): void {
    const { actor } = this.shared.connection().client;
    const id = String(message.id);
    if (message.actorId === actor.id || this.heard.has(id)) return;
    this.heard.set(id, true);
    for (const part of message.parts) {
      const { answer, frames } = readPart(part);
      if (answer !== undefined) this.hooks.onAnswer(answer);
      if (frames !== undefined) this.hooks.onFrames(frames);
    }
  }

  /** Reads what was said while nobody told us. */
  refresh(): void {
    if (this.isListing || this.ended || this.taskId === undefined) return;
    this.isListing = true;
    const { taskId } = this;
    const { client } = this.shared.connection();
    client.listMessages(taskId, this.shared.stopping).then(
      (messages) => {
        this.isListing = false;
        for (const message of messages) this.take(message);
      },
      () => {
        this.isListing = false;
      },
    );
  }

  /** Takes nothing more to be posted; what was taken is posted still. */
  rest(): void {
    this.ended = true;
    void this.postBatch();
  }

  /** Resolves when all steps so far were taken, or could not be. */
  async settled(): Promise<void> {
    await this.trail.step('the end', () => Promise.resolve());
  }

  /** The last step, after what was taken to be posted. */
  end(how: ThreadEnd): Promise<ThreadStep> {
    if (this.ended) return Promise.resolve('elsewhere');
    this.rest();
    return this.step(async (client) => {
      const { taskId } = this;
      if (taskId === undefined) return;
      const { status } = await client.getTask(taskId);
      if (how.kind === 'cancel') {
        if (status === 'pending' || status === 'in_progress') await client.cancel(taskId);
      } else if (how.kind === 'reject') {
        if (status === 'pending') await client.reject(taskId, how.reason);
      } else {
        if (status === 'pending') await client.claim(taskId, LEASE_MS);
        else if (status !== 'in_progress') return;
        if (how.kind === 'complete') await client.complete(taskId, how.outputs);
        else await client.fail(taskId, how.reason);
      }
    });
  }

  /** Another service is in force: this task is out of reach. */
  forget(): void {
    this.ended = true;
    this.queued.clear();
  }

  private flush(): void {
    if (this.isPosting || this.queued.size === 0 || this.taskId === undefined) return;
    this.isPosting = true;
    void this.postBatch().then((written) => {
      this.isPosting = false;
      // A service that refuses frames is not asked without end: their stream sends them again.
      if (written === 'written') this.flush();
      else this.queued.clear();
    });
  }

  /** What comes while the service is away, or slow, goes together. */
  private postBatch() {
    return this.step(async (client) => {
      const batch = this.batch();
      if (batch.length === 0 || this.taskId === undefined) return;
      await this.say(client, [framesPart(batch.map(([, frame]) => frame))]);
      for (const [name] of batch) {
        this.queued.delete(name);
        this.posted.set(name, true);
      }
    });
  }

  private batch(): [string, Buffer][] {
    const batch: [string, Buffer][] = [];
    let bytes = 0;
    for (const [name, frame] of this.queued) {
      bytes += frame.length;
      if (batch.length > 0 && (bytes > MAX_BATCH_BYTES || batch.length >= MAX_FRAMES)) break;
      batch.push([name, frame]);
    }
    return batch;
  }

  private async say(client: AtsClient, parts: readonly MessagePart[]): Promise<void> {
    if (this.taskId !== undefined) await client.addMessage(this.taskId, parts);
  }

  private async step(write: (client: AtsClient) => Promise<void>): Promise<ThreadStep> {
    const isHere = (): boolean => samePlace(this.place, this.shared.connection().place);
    const became = await this.trail.step(`session ${this.sessionId}`, async () => {
      // A service that was left, and may never come back, keeps nobody waiting.
      if (isHere()) await write(this.shared.connection().client);
    });
    return isHere() ? became : 'elsewhere';
  }

  /** The number of a task whose posting was not answered. */
  private async find(client: AtsClient, channel: string): Promise<number | undefined> {
    const query = { search: this.sessionId, channel, limit: MAX_FOUND };
    const found = await client.listTasks(query).catch((thrown: unknown) => {
      if (toBeelineError(thrown).code === 'ATS_UNREACHABLE') throw thrown;
      return [];
    });
    return found.find(
      (task) =>
        task.sourceId === client.actor.id &&
        SESSION_TYPES.includes(task.type ?? '') &&
        task.payload['session_id'] === this.sessionId,
    )?.id;
  }
}

/** Ends the task of a session that is over here, and hears nothing more of it. */
export function concludeTask(
  shared: EngineShared,
  sessionId: string,
  taskId: number,
  end: ThreadEnd,
): void {
  const nobody = { onFrames: () => undefined, onAnswer: () => undefined };
  void new SessionThread(shared, sessionId, taskId, nobody).end(end);
}
