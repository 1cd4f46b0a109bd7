import * as v from 'valibot';
import { errors } from '../errors';
import { hex32 } from '../wire/shapes';
import type { Identity } from './identity';
import type { PairKeys } from './pairKeys';
import { equalBytes, hash, KEY_BYTES } from './primitives';
import { openSealed, seal } from './sealedDetails';
import type { SessionSide } from './sessionKeys';
import type { FindSender } from './signedBytes';
import { envelopeFields, readBytes, signBytes, type SignedMessage } from './signedMessage';

export type SessionKind = 'chat' | 'call';

export interface RequestToSign {
  readonly identity: Identity;
  /** Shared with the recipient. */
  readonly keys: PairKeys;
  readonly recipientKid: string;
  /** 16 bytes as 32 lower-case hex digits; belongs to this session and no other. */
  readonly id: string;
  /** ISO 8601 with milliseconds, as `toISOString` writes it. */
  readonly createdAt: string;
  /** At most 60 s later. */
  readonly expiresAt: string;
  readonly kind: SessionKind;
  /** The caller's ephemeral key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Whether a call begins with a camera. Nobody but the recipient reads it. */
  readonly video?: boolean;
}

/** A request that its sender signed, for us, in time or marked as late. */
export interface VerifiedRequest {
  readonly id: string;
  readonly senderKid: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly kind: SessionKind;
  readonly publicKey: Buffer;
  /** False for a chat. */
  readonly video: boolean;
  /** What was signed. */
  readonly bytes: Buffer;
  /** Its time is over: it says that somebody called, and begins nothing. */
  readonly isLate: boolean;
}

/** `cancelled` is the caller's own word about its request, the others are the callee's. */
export type SessionDecision = 'accepted' | 'declined' | 'busy' | 'unavailable' | 'cancelled';

export interface AnswerToSign {
  readonly identity: Identity;
  readonly recipientKid: string;
  /** Of the session. */
  readonly id: string;
  readonly decision: SessionDecision;
  /** The signed bytes of the request. */
  readonly request: Uint8Array;
  /** The callee's ephemeral key, 32 bytes: with `accepted`, and only then. */
  readonly publicKey?: Uint8Array;
  /** Milliseconds since 1970, this machine's clock. */
  readonly now?: number;
}

export type VerifiedAnswer = {
  readonly id: string;
  readonly senderKid: string;
  /** H(request bytes): `isAnswerTo` compares it. */
  readonly requestHash: Buffer;
  readonly bytes: Buffer;
} & (
  | { readonly decision: 'accepted'; readonly publicKey: Buffer }
  | { readonly decision: Exclude<SessionDecision, 'accepted'>; readonly publicKey?: undefined }
);

/** keys.md: a session request lives at most 60 s; an answer says what holds at that moment. */
export const MAX_REQUEST_LIFE_MS = 60_000;
/** Characters of base64url: two words in JSON, and the tag. */
const MAX_SEALED_LENGTH = 200;

const REQUEST_LABEL = 'beeline/session/1';
const ANSWER_LABEL = 'beeline/answer/1';

const request = v.variant('kind', [
  v.object({ ...envelopeFields, kind: v.literal('chat'), key: hex32 }),
  v.object({
    ...envelopeFields,
    kind: v.literal('call'),
    key: hex32,
    sealed: v.pipe(v.string(), v.maxLength(MAX_SEALED_LENGTH)),
  }),
]);

/** Two words of the same length, so that what is sealed does not tell by its own. */
const begins = v.object({ begins: v.picklist(['audio', 'video']) });

const answer = v.variant('decision', [
  v.object({
    ...envelopeFields,
    request: hex32,
    decision: v.literal('accepted'),
    key: hex32,
  }),
  v.object({
    ...envelopeFields,
    request: hex32,
    decision: v.picklist(['declined', 'busy', 'unavailable', 'cancelled']),
  }),
]);

/** @throws INTERNAL for what nobody could read */
export function signSessionRequest(toSign: RequestToSign): SignedMessage {
  const { identity, keys, id, kind, createdAt, expiresAt, video = false } = toSign;
  const life = Date.parse(expiresAt) - Date.parse(createdAt);
  const fields = {
    version: 1,
    id,
    sender: identity.kid,
    recipient: toSign.recipientKid,
    created_at: createdAt,
    expires_at: expiresAt,
    kind,
    key: Buffer.from(toSign.publicKey).toString('hex'),
    ...(kind === 'call' && { sealed: seal(keys, id, { begins: video ? 'video' : 'audio' }) }),
  };
  if (!v.is(request, fields) || !(life > 0 && life <= MAX_REQUEST_LIFE_MS)) {
    throw errors.internal('a session request that nobody could read');
  }
  return signBytes(identity, REQUEST_LABEL, fields);
}

/**
 * @throws AGENT_UNKNOWN when `find` does not know the sender, SIGNATURE_INVALID, CLOCK_SKEW,
 *   CALL_UNKNOWN when its time is over, PROTOCOL for everything else that is not as it has to be
 */
export function readSessionRequest(
  message: SignedMessage,
  options: {
    readonly identity: Identity;
    readonly find: FindSender;
    readonly now: number;
    /** Reads also one whose time is over, and marks it: whoever called can be called back. */
    readonly late?: boolean;
  },
): VerifiedRequest {
  let isLate = false;
  const { value, sender, bytes } = readBytes(message, {
    ...options,
    label: REQUEST_LABEL,
    schema: request,
    maxLifeMs: MAX_REQUEST_LIFE_MS,
    expired: () => {
      isLate = true;
      return options.late === true ? undefined : errors.callUnknown();
    },
  });
  return {
    id: value.id,
    senderKid: value.sender,
    createdAt: value.created_at,
    expiresAt: value.expires_at,
    kind: value.kind,
    publicKey: Buffer.from(value.key, 'hex'),
    video: value.kind === 'call' && opensWithVideo(sender.keys, value),
    bytes,
    isLate,
  };
}

/** @throws INTERNAL for what nobody could read */
export function signSessionAnswer(toSign: AnswerToSign): SignedMessage {
  const { identity, publicKey, now = Date.now() } = toSign;
  const fields = {
    version: 1,
    id: toSign.id,
    sender: identity.kid,
    recipient: toSign.recipientKid,
    created_at: new Date(now).toISOString(),
    expires_at: new Date(now + MAX_REQUEST_LIFE_MS).toISOString(),
    request: hash(toSign.request).toString('hex'),
    decision: toSign.decision,
    ...(publicKey && { key: Buffer.from(publicKey).toString('hex') }),
  };
  const hasKeyIfAccepted = (toSign.decision === 'accepted') === (publicKey?.length === KEY_BYTES);
  if (!v.is(answer, fields) || !hasKeyIfAccepted) {
    throw errors.internal('an answer to a session request that nobody could read');
  }
  return signBytes(identity, ANSWER_LABEL, fields);
}

/**
 * An answer counts only for the request whose hash it names, and whose sender still waits: it may
 * have been on its way for long, so its own time being over is no reason to refuse it.
 * @throws AGENT_UNKNOWN, SIGNATURE_INVALID, CLOCK_SKEW, PROTOCOL
 */
export function readSessionAnswer(
  message: SignedMessage,
  options: {
    readonly identity: Identity;
    readonly find: (kid: string) => { readonly publicKey: Buffer } | undefined;
    readonly now: number;
  },
): VerifiedAnswer {
  const { value, bytes } = readBytes(message, {
    ...options,
    label: ANSWER_LABEL,
    schema: answer,
    maxLifeMs: MAX_REQUEST_LIFE_MS,
    expired: () => undefined,
  });
  const common = {
    id: value.id,
    senderKid: value.sender,
    requestHash: Buffer.from(value.request, 'hex'),
    bytes,
  };
  return value.decision === 'accepted'
    ? { ...common, decision: value.decision, publicKey: Buffer.from(value.key, 'hex') }
    : { ...common, decision: value.decision };
}

/**
 * Whether this answer is the other side's word about this very request: a callee's decision, or
 * the caller's own that it is cancelled. Nobody else's counts, whoever signed it.
 * @param asked.bytes the signed bytes of the request
 * @param asked.ownSide what we are in this session
 */
export function isAnswerTo(
  { id, senderKid, requestHash, decision }: VerifiedAnswer,
  asked: {
    readonly id: string;
    readonly bytes: Uint8Array;
    readonly ownSide: SessionSide;
    readonly peerKid: string;
  },
): boolean {
  const isTheirsToSay = (asked.ownSide === 'callee') === (decision === 'cancelled');
  const isFromThem = id === asked.id && senderKid === asked.peerKid;
  return equalBytes(requestHash, hash(asked.bytes)) && isFromThem && isTheirsToSay;
}

function opensWithVideo(
  keys: PairKeys,
  { id, sealed }: { readonly id: string; readonly sealed: string },
): boolean {
  const opened = openSealed(keys, id, sealed);
  if (!v.is(begins, opened))
    throw errors.protocol('a call that says nothing of what it begins with');
  return opened.begins === 'video';
}
