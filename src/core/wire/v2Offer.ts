import * as v from 'valibot';
import { errors } from '../errors';
import { hex32, hexId as id } from './shapes';

/**
 * What paired agents say to each other on the `beeline/offer` channel of their link. JSON, because
 * an offer is the very bytes that a task carries, and the rest is small and rare.
 *
 * After every hello the sender repeats what is still offered, and the recipient names what it still
 * has open, so that nothing that was said while the link was down is lost.
 */
export const OfferType = {
  /** Sender: something is offered. Repeated ones are the same offer. */
  offer: 0,
  /** Recipient: what became of an offer, when nothing is to be fetched (any more). */
  answer: 1,
  /** Sender: these are not offered any more, or never were. */
  withdraw: 2,
  /** Recipient: are these still offered? What is not is withdrawn; nothing is said of the others. */
  open: 3,
} as const;

/** Bytes of one message: the largest is a list of ids. */
export const MAX_OFFER_MESSAGE = 64 * 1024;
/** Ids in one message; more go in further ones. */
export const MAX_IDS = 1000;
/** Characters of a reason that a person gets to see. */
const MAX_REASON = 500;
/** Characters: 16 KiB of JSON as base64url, and an Ed25519 signature. */
const MAX_SIGNED = 22_000;
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/;

const reason = v.optional(v.pipe(v.string(), v.maxLength(MAX_REASON)));

const offer = v.object({
  signed: v.pipe(v.string(), v.maxLength(MAX_SIGNED), v.regex(/^[A-Za-z0-9_-]+$/)),
  signature: v.pipe(v.string(), v.regex(SIGNATURE)),
});
const answer = v.variant('decision', [
  v.object({ id, decision: v.literal('declined'), reason }),
  /** Fetched, verified and in its place; the receipt is keys.md's, in hex. */
  v.object({
    id,
    decision: v.literal('received'),
    receipt: hex32,
  }),
  v.object({ id, decision: v.literal('failed'), reason }),
]);
const ids = v.object({ ids: v.pipe(v.array(id), v.maxLength(MAX_IDS)) });

const schemas = {
  [OfferType.offer]: offer,
  [OfferType.answer]: answer,
  [OfferType.withdraw]: ids,
  [OfferType.open]: ids,
};

export type SignedOffer = v.InferOutput<typeof offer>;
export type OfferAnswer = v.InferOutput<typeof answer>;

export type OfferMessage =
  | { readonly type: typeof OfferType.offer; readonly offer: SignedOffer }
  | { readonly type: typeof OfferType.answer; readonly answer: OfferAnswer }
  | { readonly type: typeof OfferType.withdraw; readonly ids: readonly string[] }
  | { readonly type: typeof OfferType.open; readonly ids: readonly string[] };

export function encodeOfferMessage(message: OfferMessage): Buffer {
  switch (message.type) {
    case OfferType.offer:
      return Buffer.from(JSON.stringify(message.offer));
    case OfferType.answer:
      return Buffer.from(JSON.stringify(message.answer));
    case OfferType.withdraw:
    case OfferType.open:
      return Buffer.from(JSON.stringify({ ids: message.ids }));
  }
}

/** @throws PROTOCOL */
export function decodeOfferMessage(type: number, payload: Buffer): OfferMessage {
  if (payload.length > MAX_OFFER_MESSAGE) throw errors.protocol('an offer message too large');
  const json = parse(payload);
  switch (type) {
    case OfferType.offer:
      return { type, offer: validate(schemas[type], json) };
    case OfferType.answer:
      return { type, answer: validate(schemas[type], json) };
    case OfferType.withdraw:
    case OfferType.open:
      return { type, ids: validate(schemas[type], json).ids };
    default:
      throw errors.protocol(`an offer message of type ${String(type)}`);
  }
}

function parse(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8')) as unknown;
  } catch (cause) {
    throw errors.protocol('an offer message that is no JSON', { cause });
  }
}

function validate<S extends v.GenericSchema>(schema: S, json: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) throw errors.protocol('an offer message that cannot be understood');
  return parsed.output;
}
