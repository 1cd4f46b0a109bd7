import * as v from 'valibot';
import { errors } from '../errors';
import { hexId } from '../wire/shapes';
import type { Identity } from './identity';
import type { PairKeys } from './pairKeys';
import { openSealed, seal } from './sealedDetails';
import { envelopeFields, readBytes, signBytes, type SignedMessage } from './signedMessage';

export { readBytes, signBytes, type SignedMessage } from './signedMessage';

export interface OfferToSign {
  readonly identity: Identity;
  /** Shared with the recipient. */
  readonly keys: PairKeys;
  readonly recipientKid: string;
  /** 16 bytes as 32 lower-case hex digits; belongs to this offer and no other. */
  readonly id: string;
  /** ISO 8601 with milliseconds, as `toISOString` writes it. */
  readonly createdAt: string;
  /** At most 7 days later. */
  readonly expiresAt: string;
  readonly kind: 'file' | 'folder';
  /** Files, folders and links; 1 for a file. */
  readonly entries: number;
  /** Bytes of all files. */
  readonly size: number;
  readonly details: OfferDetails;
}

/** What nobody but the recipient reads. */
export interface OfferDetails {
  /** The sender's words; of several files and folders, the first one's. */
  readonly name: string;
  /** Top-level files and folders, by number; 1 when nothing is said. */
  readonly roots?: number;
  /** One round of keeping a folder there in step with one here. */
  readonly sync?: {
    /** 32 lower-case hex digits, the same for every round of this folder. */
    readonly id: string;
    /** What was removed here should be removed there too. */
    readonly delete: boolean;
  };
}

/** An offer that its sender signed, for us, in time, and whose names could be opened. */
export interface VerifiedOffer {
  readonly id: string;
  readonly senderKid: string;
  readonly recipientKid: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly kind: 'file' | 'folder';
  readonly entries: number;
  readonly size: number;
  readonly details: OfferDetails & { readonly roots: number };
}

/** Who may have sent something: by key id, undefined for those who may not. */
export type FindSender = (
  kid: string,
) => { readonly publicKey: Buffer; readonly keys: PairKeys } | undefined;

/** keys.md: an offer lives at most 7 days. */
export const MAX_OFFER_LIFE_MS = 7 * 24 * 60 * 60 * 1000;
/** Characters of a name; no disk takes a longer one. */
const MAX_NAME_LENGTH = 1024;
/** Characters of base64url: a name that JSON has to escape throughout, and the tag. */
const MAX_SEALED_LENGTH = 9000;
/** Entries of one offer; a manifest is read page by page, this is only shown. */
const MAX_ENTRIES = 10_000_000;

const OFFER_LABEL = 'beeline/offer/1';

const offer = v.object({
  ...envelopeFields,
  kind: v.picklist(['file', 'folder']),
  entries: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_ENTRIES)),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  sealed: v.pipe(v.string(), v.maxLength(MAX_SEALED_LENGTH)),
});

const details = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_NAME_LENGTH)),
  roots: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_ENTRIES))),
  sync: v.exactOptional(v.object({ id: hexId, delete: v.boolean() })),
});

/** @throws CONFIG_INVALID when it would live too long, INTERNAL for what nobody could read */
export function signOffer(toSign: OfferToSign): SignedMessage {
  const { identity, keys, recipientKid, id, createdAt, expiresAt } = toSign;
  const life = Date.parse(expiresAt) - Date.parse(createdAt);
  if (life > MAX_OFFER_LIFE_MS) throw errors.configInvalid('An offer stands at most 7 days.');
  if (!v.is(details, toSign.details)) throw errors.internal('an offer with a name that is none');
  const fields: v.InferOutput<typeof offer> = {
    version: 1,
    id,
    sender: identity.kid,
    recipient: recipientKid,
    created_at: createdAt,
    expires_at: expiresAt,
    kind: toSign.kind,
    entries: toSign.entries,
    size: toSign.size,
    sealed: seal(keys, id, plainDetails(toSign.details)),
  };
  const readable = v.is(offer, fields) && makeSense(fields, toSign.details);
  if (!readable || life <= 0) throw errors.internal('an offer that nobody could read');
  return signBytes(identity, OFFER_LABEL, fields);
}

/**
 * @throws AGENT_UNKNOWN when `find` does not know the sender, SIGNATURE_INVALID, CLOCK_SKEW,
 *   OFFER_UNKNOWN when its time is over, PROTOCOL for everything else that is not as it has to be
 */
export function readOffer(
  message: SignedMessage,
  options: {
    readonly identity: Identity;
    readonly find: FindSender;
    readonly now: number;
    /** Reads also one whose time is over: its sender, who has proven itself, repeats it. */
    readonly late?: boolean;
  },
): VerifiedOffer {
  const { value, sender } = readBytes(message, {
    ...options,
    label: OFFER_LABEL,
    schema: offer,
    maxLifeMs: MAX_OFFER_LIFE_MS,
    expired: () => (options.late === true ? undefined : errors.offerUnknown()),
  });
  const opened = openSealed(sender.keys, value.id, value.sealed);
  if (!v.is(details, opened)) throw errors.protocol('an offer with a name that is none');
  if (!makeSense(value, opened)) throw errors.protocol('an offer that contradicts itself');
  return {
    id: value.id,
    senderKid: value.sender,
    recipientKid: value.recipient,
    createdAt: value.created_at,
    expiresAt: value.expires_at,
    kind: value.kind,
    entries: value.entries,
    size: value.size,
    details: { roots: 1, ...plainDetails(opened) },
  };
}

/** What is known of them, and nothing else that somebody put beside it. */
function plainDetails({ name, roots, sync }: OfferDetails): OfferDetails {
  return {
    name,
    ...(roots !== undefined && { roots }),
    ...(sync !== undefined && { sync: { id: sync.id, delete: sync.delete } }),
  };
}

/** Whether what everybody reads agrees with what only the recipient does. */
function makeSense(
  { kind, entries }: Pick<VerifiedOffer, 'kind' | 'entries'>,
  { roots = 1, sync }: OfferDetails,
): boolean {
  if (kind === 'file') return entries === 1 && roots === 1 && sync === undefined;
  return roots <= entries && (sync === undefined || roots === 1);
}
