import { toBeelineError, type ErrorCode } from '../../../errors';
import type { Identity } from '../../../identity/identity';
import {
  isAnswerTo,
  readSessionAnswer,
  readSessionRequest,
  type SessionKind,
  type VerifiedRequest,
} from '../../../identity/sessionMessages';
import type { SignedMessage } from '../../../identity/signedMessage';
import type { PairedAgent, Roster } from '../roster';
import type { SeenRequests } from './seenRequests';
import { kidOf, type Session } from './session';
import type { SessionDesk } from './sessionDesk';

export interface SessionEarsParts {
  readonly identity: Identity;
  readonly roster: Roster;
  readonly desk: SessionDesk;
  readonly seen: SeenRequests;
  /** False when this agent asks faster than it may. */
  readonly mayAsk: (kid: string, kind: SessionKind) => boolean;
  readonly onAsked: (session: Session) => void;
  /** Ours gave way to a request that was made at the same moment. */
  readonly onYielded: (ours: Session, theirs: Session) => void;
  /** Somebody asked for a chat, and that cannot be answered any more. */
  readonly onKnock: (kid: string) => void;
  readonly log: (line: string) => void;
}

/** No attack: a clock that is off, or something that was on its way for long. */
const PASSING = new Set<ErrorCode>(['CLOCK_SKEW', 'CALL_UNKNOWN']);

/** Requests and answers as they are heard, over links and in tasks: verified, and each only once. */
export class SessionEars {
  constructor(private readonly parts: SessionEarsParts) {}

  /** Over a link. @throws what is wrong with it; then its other side breaks the protocol */
  request(kid: string, message: SignedMessage): void {
    this.tolerantly(() => {
      this.take(message, kid, undefined);
    });
  }

  /** In a task; anybody can post one. Nothing is wrong with the task service that we would tell. */
  requestInTask(message: SignedMessage, id: string, taskId: number): void {
    try {
      this.take(message, undefined, { id, taskId });
    } catch (thrown) {
      this.parts.log(`session ${id}: ${toBeelineError(thrown).code}`);
    }
  }

  /** Over a link. @throws what is wrong with it; then its other side breaks the protocol */
  answer(kid: string, message: SignedMessage): void {
    this.tolerantly(() => {
      const answer = this.readAnswer(message);
      const session = this.parts.desk.find(answer.senderKid, answer.id);
      if (session !== undefined && answer.senderKid === kid) this.settle(session, message);
    });
  }

  /** In the task of a session. */
  answerInTask(session: Session, message: SignedMessage): void {
    try {
      this.settle(session, message);
    } catch (thrown) {
      this.parts.log(`answer to ${session.id}: ${toBeelineError(thrown).code}`);
    }
  }

  private settle(session: Session, message: SignedMessage): void {
    const answer = this.readAnswer(message);
    const { id, request: bytes, side: ownSide } = session;
    const asked = { id, bytes, ownSide, peerKid: kidOf(session) };
    if (isAnswerTo(answer, asked)) this.parts.desk.answered(session, answer);
  }

  private readAnswer(message: SignedMessage) {
    const { identity } = this.parts;
    return readSessionAnswer(message, { identity, find: this.find, now: Date.now() });
  }

  private take(
    message: SignedMessage,
    linkKid: string | undefined,
    hint: { readonly id: string; readonly taskId: number } | undefined,
  ): void {
    const { identity, desk, seen, roster } = this.parts;
    const options = { identity, find: this.find, now: Date.now(), late: hint !== undefined };
    const request = readSessionRequest(message, options);
    const { id, senderKid } = request;
    // A proven agent passes on another's request, or a task names another than is signed.
    if ((linkKid ?? senderKid) !== senderKid || (hint?.id ?? id) !== id) return;
    const known = desk.find(senderKid, id);
    if (known !== undefined) {
      if (hint === undefined) desk.repeat(known);
      else desk.learned(senderKid, id, hint.taskId);
      return;
    }
    if (hint !== undefined && desk.learned(senderKid, id, hint.taskId)) return;
    // It came too late, or was answered by an engine that is gone. Whoever plays it again, which
    // anybody can who reads the channel, uses up nothing of what its sender may ask.
    if (request.isLate || seen.has(senderKid, id)) {
      if (request.kind === 'chat' && hint !== undefined) this.parts.onKnock(senderKid);
      return;
    }
    if (!this.parts.mayAsk(senderKid, request.kind)) return;
    const isNew = seen.isNew({ kid: senderKid, id, until: request.expiresAt });
    if (isNew) this.ask(request, roster.get(senderKid), hint?.taskId);
  }

  private ask(request: VerifiedRequest, agent: PairedAgent, taskId: number | undefined): void {
    const { desk, identity } = this.parts;
    const ours = desk
      .of(agent.entry.kid)
      .find(({ kind, state }) => kind === request.kind && state.kind === 'asking');
    // Of two that were made at the same moment, that of the lower key stands.
    const isLower = identity.kid < request.senderKid;
    if (ours !== undefined && isLower && stands(ours)) return;
    const session = desk.asked(request, agent, taskId);
    if (ours === undefined) this.parts.onAsked(session);
    else this.parts.onYielded(ours, session);
  }

  private tolerantly(act: () => void): void {
    try {
      act();
    } catch (thrown) {
      const { code } = toBeelineError(thrown);
      if (!PASSING.has(code)) throw thrown;
      this.parts.log(`a session: ${code}`);
    }
  }

  private readonly find = (kid: string): PairedAgent | undefined => {
    const found = this.parts.roster.find(kid);
    return found?.entry.blocked === false ? found : undefined;
  };
}

/** Whether the other side may still say yes to it. */
function stands({ state, expiresAt }: Session): boolean {
  return state.kind === 'asking' && !state.isRefused && Date.parse(expiresAt) > Date.now();
}
