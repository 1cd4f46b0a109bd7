import { randomBytes } from 'node:crypto';
import { BeelineError } from '../../../src/core/errors';
import type { Identity } from '../../../src/core/identity/identity';
import {
  makeEphemeral,
  type SessionKeys,
  type SessionSide,
} from '../../../src/core/identity/sessionKeys';
import {
  isAnswerTo,
  readSessionAnswer,
  readSessionRequest,
  signSessionAnswer,
  signSessionRequest,
  type SessionKind,
  type VerifiedRequest,
} from '../../../src/core/identity/sessionMessages';
import type { SignedMessage } from '../../../src/core/identity/signedMessage';
import { End, type HandClock } from './streams';

/** What the service carries of a request, or of an answer. */
export type Letter = SignedMessage;

/** One side of a session: its streams, and what was said on them. */
export interface Side {
  readonly signal: End;
  readonly chat: End;
  readonly said: { readonly signal: object[]; readonly chat: object[] };
}

/** Asks once, and believes the one answer that counts. */
export class Caller {
  readonly id = randomBytes(16).toString('hex');
  readonly request: Letter;
  streams: Side | undefined;
  private readonly ephemeral = makeEphemeral();

  constructor(
    private readonly own: Identity,
    private readonly peer: Identity,
    kind: SessionKind,
    private readonly clock: HandClock,
    private readonly others: readonly Identity[] = [],
  ) {
    this.request = signSessionRequest({
      identity: own,
      keys: own.pairKeys(peer.publicKey),
      recipientKid: peer.kid,
      id: this.id,
      createdAt: new Date(clock.now).toISOString(),
      expiresAt: new Date(clock.now + 60_000).toISOString(),
      kind,
      publicKey: this.ephemeral.publicKey,
    });
  }

  get hasKeys(): boolean {
    return this.streams !== undefined;
  }

  /** Whether that was the answer. */
  hear(letter: Letter): boolean {
    const { own, peer, clock } = this;
    const answer = readOr(() =>
      readSessionAnswer(letter, {
        identity: own,
        find: (kid) => [peer, ...this.others].find((known) => known.kid === kid),
        now: clock.now,
      }),
    );
    const bytes = Buffer.from(this.request.signed, 'base64url');
    const asked = { id: this.id, bytes, ownSide: 'caller', peerKid: peer.kid } as const;
    if (this.streams !== undefined || answer?.decision !== 'accepted') return false;
    if (!isAnswerTo(answer, asked)) return false;
    const keys = own.sessionKeys({
      side: 'caller',
      ephemeral: this.ephemeral,
      theirs: answer.publicKey,
      peerPublicKey: peer.publicKey,
      request: bytes,
      answer: answer.bytes,
    });
    this.streams = sideOf('caller', this.id, keys, clock);
    return true;
  }

  end(): void {
    this.ephemeral.destroy();
    endSide(this.streams);
  }
}

/** Accepts every request of its peer, once. */
export class Callee {
  readonly sessions = new Map<string, Side>();
  private readonly answers = new Map<string, Letter>();

  constructor(
    private readonly own: Identity,
    private readonly peer: Identity,
    private readonly clock: HandClock,
  ) {}

  /** Of the only session. */
  get streams(): Side | undefined {
    return [...this.sessions.values()][0];
  }

  /** The answer, unless it was no request, or is answered already. */
  hear(letter: Letter): Letter | undefined {
    const { own, peer, clock } = this;
    const find = (kid: string) =>
      kid === peer.kid
        ? { publicKey: peer.publicKey, keys: own.pairKeys(peer.publicKey) }
        : undefined;
    // Late ones too, since time passes as the script says.
    const options = { identity: own, find, now: clock.now, late: true };
    const request = readOr(() => readSessionRequest(letter, options));
    if (request === undefined || this.sessions.has(request.id)) return undefined;
    return this.accept(request);
  }

  answerTo(id: string): Letter | undefined {
    return this.answers.get(id);
  }

  /** What somebody signs who read the request of another's session. */
  answerAs(letter: Letter, signer: Identity): Letter {
    const request = Buffer.from(letter.signed, 'base64url');
    const { id } = JSON.parse(request.toString()) as { id: string };
    const { publicKey } = makeEphemeral();
    return signSessionAnswer({
      identity: signer,
      recipientKid: this.peer.kid,
      id,
      decision: 'accepted',
      request,
      publicKey,
      now: this.clock.now,
    });
  }

  end(): void {
    for (const side of this.sessions.values()) endSide(side);
  }

  private accept({ id, bytes, publicKey }: VerifiedRequest): Letter {
    const ephemeral = makeEphemeral();
    const answer = signSessionAnswer({
      identity: this.own,
      recipientKid: this.peer.kid,
      id,
      decision: 'accepted',
      request: bytes,
      publicKey: ephemeral.publicKey,
      now: this.clock.now,
    });
    const keys = this.own.sessionKeys({
      side: 'callee',
      ephemeral,
      theirs: publicKey,
      peerPublicKey: this.peer.publicKey,
      request: bytes,
      answer: Buffer.from(answer.signed, 'base64url'),
    });
    this.sessions.set(id, sideOf('callee', id, keys, this.clock));
    this.answers.set(id, answer);
    return answer;
  }
}

function sideOf(side: SessionSide, sessionId: string, keys: SessionKeys, clock: HandClock): Side {
  const end = (use: 'signal' | 'chat'): End =>
    new End({
      keys: { send: keys.send[use], receive: keys.receive[use] },
      sessionId,
      side,
      use,
      clock,
    });
  return { signal: end('signal'), chat: end('chat'), said: { signal: [], chat: [] } };
}

function endSide(side: Side | undefined): void {
  side?.signal.stream.destroy();
  side?.chat.stream.destroy();
}

/** Undefined for what is refused as it should be. */
function readOr<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof BeelineError && thrown.code !== 'INTERNAL') return undefined;
    throw thrown;
  }
}
