import * as v from 'valibot';
import { errors, type BeelineError } from '../errors';
import { fingerprintOf } from './fingerprint';
import { SIGNATURE_BYTES, verify, type Identity } from './identity';
import { kidOf } from './primitives';
import { hex32, hexId } from '../wire/shapes';

/**
 * JSON as the bytes that were signed, in base64url, because a task service may reorder JSON.
 * Whoever reads uses only what is inside `signed`.
 */
export interface SignedMessage {
  readonly signed: string;
  /** Ed25519 over L(label) ‖ L(the signed bytes), base64url. */
  readonly signature: string;
}

/** What every signed message has, in a schema with its own fields. */
export const envelopeFields = {
  version: v.literal(1),
  id: hexId,
  /** Key ids. */
  sender: hex32,
  recipient: hex32,
  created_at: time(),
  expires_at: time(),
};

export type Envelope = v.InferOutput<v.ObjectSchema<typeof envelopeFields, undefined>>;

export interface ReadOptions<
  T extends Envelope,
  S extends { readonly publicKey: Buffer } = { readonly publicKey: Buffer },
> {
  readonly label: string;
  readonly schema: v.GenericSchema<unknown, T>;
  readonly maxLifeMs: number;
  readonly identity: Identity;
  /** The sender by its key id, undefined when nothing is read from it. */
  readonly find: (kid: string) => S | undefined;
  /** Milliseconds since 1970, this machine's clock. */
  readonly now: number;
  /** What to say when its time is over; undefined lets it pass. */
  readonly expired: () => BeelineError | undefined;
}

/** Bytes of the JSON: names have their own limits, everything else is small. */
export const MAX_SIGNED_BYTES = 16 * 1024;
/** How far two clocks may differ. */
export const MAX_SKEW_MS = 5 * 60 * 1000;

/** Characters of base64url without padding. */
const MAX_SIGNED_LENGTH = Math.ceil((MAX_SIGNED_BYTES * 4) / 3);

/** Enough to know whose signature it should be. */
const claim = v.object({ version: v.number(), sender: envelopeFields.sender });

export function signBytes(identity: Identity, label: string, fields: Envelope): SignedMessage {
  const bytes = Buffer.from(JSON.stringify(fields));
  if (bytes.length > MAX_SIGNED_BYTES) throw errors.internal('a message too large to be signed');
  return {
    signed: bytes.toString('base64url'),
    signature: identity.sign(label, bytes).toString('base64url'),
  };
}

/**
 * Reads what somebody we know signed for us. Nothing but the sender's claimed key id is looked at
 * before the signature is verified.
 * @returns its fields, its sender as `find` gave it, and the bytes that were signed
 * @throws AGENT_UNKNOWN, SIGNATURE_INVALID, CLOCK_SKEW, PROTOCOL, or `expired()`
 */
export function readBytes<T extends Envelope, S extends { readonly publicKey: Buffer }>(
  message: SignedMessage,
  options: ReadOptions<T, S>,
): { readonly value: T; readonly sender: S; readonly bytes: Buffer } {
  const { label, schema, identity, find } = options;
  const bytes = decode(message.signed, MAX_SIGNED_LENGTH);
  if (bytes === undefined || bytes.length > MAX_SIGNED_BYTES) throw unreadable();
  const json = parse(bytes);
  if (!v.is(claim, json)) throw unreadable();
  const who = `the agent with the fingerprint ${fingerprintOf(json.sender)}`;
  const sender = find(json.sender);
  if (sender === undefined) throw errors.agentUnknown(capitalized(who));
  // Key and id come from the same book; a book that mixes them up must not vouch for anybody.
  const isSender = kidOf(sender.publicKey) === json.sender;
  const signature = decode(message.signature, SIGNATURE_BYTES * 2);
  if (!isSender || signature === undefined || !verify(sender.publicKey, signature, label, bytes)) {
    throw errors.signatureInvalid(who);
  }
  const read = v.safeParse(schema, json);
  if (!read.success) throw unreadable();
  const value = read.output;
  if (value.recipient !== identity.kid) throw errors.protocol('it is addressed to somebody else');
  checkTimes(value, who, options);
  return { value, sender, bytes };
}

function checkTimes(
  { created_at, expires_at }: Envelope,
  who: string,
  { now, maxLifeMs, expired }: Pick<ReadOptions<Envelope>, 'now' | 'maxLifeMs' | 'expired'>,
): void {
  const [created, expires] = [Date.parse(created_at), Date.parse(expires_at)];
  if (expires <= created || expires - created > maxLifeMs) {
    throw errors.protocol('it would stand longer than it may');
  }
  if (created > now + MAX_SKEW_MS) throw errors.clockSkew(who);
  // A sender whose clock is behind is given what a clock may be off, too. Answers are remembered
  // for longer than that.
  const error = expires + MAX_SKEW_MS < now ? expired() : undefined;
  if (error !== undefined) throw error;
}

/** One form only: as `toISOString` writes it. */
function time() {
  const isTime = (text: string): boolean => {
    const at = Date.parse(text);
    return !Number.isNaN(at) && new Date(at).toISOString() === text;
  };
  return v.pipe(v.string(), v.maxLength(30), v.check(isTime));
}

/** Base64url in its one form: without padding, other alphabets or loose bits at the end. */
function decode(text: string, maxLength: number): Buffer | undefined {
  if (text.length > maxLength) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw unreadable();
  }
}

function unreadable(): BeelineError {
  return errors.protocol('a signed message that cannot be read');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
