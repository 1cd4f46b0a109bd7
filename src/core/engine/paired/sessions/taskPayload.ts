import * as v from 'valibot';
import type { MessagePart, NewTask, Task } from '../../../ats/types';
import type { SignedMessage } from '../../../identity/signedMessage';
import { hexId as id } from '../../../wire/shapes';
import { P2P_SESSION, SESSION_AUDIT } from '../../sessionType';

/** Characters of base64url: a frame of 64 KiB, and the few bytes before it. */
const MAX_FRAME = 90_000;
/** Frames of one message; more go in further ones. */
export const MAX_FRAMES = 64;
/** Characters of a signed message and of its signature; whoever reads it has its own limits. */
const MAX_SIGNED = 24 * 1024;
const MAX_SIGNATURE = 128;

const signedFields = {
  signed: v.pipe(v.string(), v.maxLength(MAX_SIGNED)),
  signature: v.pipe(v.string(), v.maxLength(MAX_SIGNATURE)),
};
const word = v.pipe(v.string(), v.minLength(1), v.maxLength(128));

const payload = v.object({
  session_id: id,
  kind: v.picklist(['chat', 'call']),
  sender_id: word,
  recipient_id: word,
  ...signedFields,
});

const answer = v.object({ session_id: id, ...signedFields });
const frames = v.object({
  frames: v.pipe(
    v.array(v.pipe(v.string(), v.maxLength(MAX_FRAME), v.regex(/^[\w-]+$/))),
    v.maxLength(MAX_FRAMES),
  ),
});

export interface SessionOfTask {
  readonly id: string;
  readonly kind: 'chat' | 'call';
  readonly channel: string;
  /** Actor ids. */
  readonly senderId: string;
  readonly recipientId: string;
}

/** A session in a task: still only a hint, until what is signed in it has been verified. */
export interface SessionHint extends SignedMessage {
  readonly taskId: number;
  readonly sessionId: string;
  readonly senderId: string;
  readonly recipientId: string;
}

/** The task that carries a request. It says who asks whom for what, and nothing else. */
export function sessionTask(session: SessionOfTask, request: SignedMessage): NewTask {
  const { signed, signature } = request;
  return { ...about(session), payload: { ...payloadOf(session), signed, signature } };
}

/** What the session's task would have recorded, had the service been there. */
export function sessionAudit(session: SessionOfTask, startedAt: string): NewTask {
  const payload = { ...payloadOf(session), started_at: startedAt };
  return { ...about(session), type: SESSION_AUDIT, payload };
}

export function readSessionHint(task: Task): SessionHint | undefined {
  if (task.type !== P2P_SESSION) return undefined;
  const read = v.safeParse(payload, task.payload);
  if (!read.success) return undefined;
  const { session_id, sender_id, recipient_id, signed, signature } = read.output;
  const [sessionId, senderId, recipientId] = [session_id, sender_id, recipient_id];
  return { taskId: task.id, sessionId, senderId, recipientId, signed, signature };
}

export function answerPart(sessionId: string, { signed, signature }: SignedMessage): MessagePart {
  return { type: 'data', content: { session_id: sessionId, signed, signature } };
}

export function framesPart(sealed: readonly Buffer[]): MessagePart {
  return { type: 'data', content: { frames: sealed.map((frame) => frame.toString('base64url')) } };
}

/** What a part says, if it says something that we know; from whomever it is. */
export function readPart(part: MessagePart): {
  readonly answer?: SignedMessage;
  readonly frames?: readonly Buffer[];
} {
  if (part.type !== 'data') return {};
  const answered = v.safeParse(answer, part.content);
  if (answered.success) {
    const { signed, signature } = answered.output;
    return { answer: { signed, signature } };
  }
  const sealed = v.safeParse(frames, part.content);
  if (!sealed.success) return {};
  return { frames: sealed.output.frames.map((text) => Buffer.from(text, 'base64url')) };
}

function about({ id: sessionId, kind, channel, senderId, recipientId }: SessionOfTask) {
  return {
    title: `${kind === 'chat' ? 'Chat' : 'Call'} from ${senderId} to ${recipientId}`,
    description: `Session ${sessionId}`,
    type: P2P_SESSION,
    channel,
  };
}

function payloadOf(session: SessionOfTask): Record<string, unknown> {
  return {
    session_id: session.id,
    kind: session.kind,
    sender_id: session.senderId,
    recipient_id: session.recipientId,
  };
}
