import { seal } from '../../../src/core/identity/sealedDetails';
import {
  readOffer,
  signOffer,
  type SignedMessage,
  type VerifiedOffer,
} from '../../../src/core/identity/signedBytes';
import { demand, parseJson, readOr } from '../properties';
import type { FuzzTarget } from '../target';
import { identities, sharedWith } from './people';

const { alice, bob, mallory } = identities;
const LABEL = 'beeline/offer/1';
const id = '00112233445566778899aabbccddeeff';
const now = Date.parse('2026-03-01T12:00:00.000Z');
const ofBob = sharedWith(alice, bob);

/**
 * How the rest is put to the reader: as the message itself; as what bob signs, whatever it is; or
 * as what bob signs with its `details` sealed. Only so are the checks behind the signature reached.
 */
const Mode = { message: 0, signed: 1, sealed: 2, signedByMallory: 3 } as const;

const fields = {
  version: 1,
  id,
  sender: bob.kid,
  recipient: alice.kid,
  created_at: '2026-03-01T11:00:00.000Z',
  expires_at: '2026-03-02T11:00:00.000Z',
  kind: 'file',
  entries: 1,
  size: 12,
};

export const target: FuzzTarget = {
  covers: ['src/core/identity/signedBytes.ts', 'src/core/identity/signedMessage.ts'],
  kind: 'json',
  head: 1,
  dictionary: [
    'folder',
    alice.kid,
    mallory.kid,
    '2026-03-01T12:05:00.000Z',
    '2026-03-08T11:00:00.001Z',
    '2026-03-01T12:05:00.001Z',
    '+010000-01-01T00:00:00.000Z',
  ],
  seeds: () => [
    inMode(Mode.message, whole()),
    inMode(Mode.signed, { ...fields, sealed: seal(bobsKeys, id, { name: 'a.txt' }) }),
    inMode(Mode.sealed, { ...fields, details: { name: 'a.txt' } }),
    inMode(Mode.sealed, { ...fields, kind: 'folder', entries: 10_000_000, details: { name: 'ü' } }),
    inMode(Mode.sealed, {
      ...fields,
      expires_at: '2026-03-01T11:55:00.000Z',
      details: { name: 'x' },
    }),
    inMode(Mode.sealed, {
      ...fields,
      created_at: '2026-03-01T12:05:00.000Z',
      expires_at: '2026-03-08T12:05:00.000Z',
      details: { name: 'y' },
    }),
  ],
  fuzz(input) {
    const mode = (input[0] ?? 0) % 4;
    const message = messageOf(mode, input.subarray(1));
    if (message === undefined) return false;
    const offer = read(message);
    if (offer === undefined) return false;
    demand(mode !== Mode.signedByMallory, 'somebody else signs for bob');
    check(offer);
    const flipped = Buffer.from(message.signature, 'base64url');
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    demand(
      read({ ...message, signature: flipped.toString('base64url') }) === undefined,
      'a signature that is wrong by a bit',
    );
    const padding = ' '.repeat(16 * 1024);
    const padded = sign(Buffer.from(Buffer.from(message.signed, 'base64url').toString() + padding));
    demand(read(padded) === undefined, 'signed bytes beyond their limit');
    return true;
  },
};

const bobsKeys = bob.pairKeys(alice.publicKey);

function read(message: SignedMessage): VerifiedOffer | undefined {
  return readOr(
    ['AGENT_UNKNOWN', 'SIGNATURE_INVALID', 'CLOCK_SKEW', 'OFFER_UNKNOWN', 'PROTOCOL'],
    () =>
      readOffer(message, {
        identity: alice,
        find: (kid) => (kid === bob.kid ? ofBob : undefined),
        now,
      }),
  )?.value;
}

function messageOf(mode: number, body: Buffer): SignedMessage | undefined {
  if (mode === Mode.signed) return sign(body);
  const json = parseJson(body)?.value;
  if (typeof json !== 'object' || json === null) return undefined;
  if (mode === Mode.message) {
    // Strings of this form are what both ways give the reader.
    const { signed, signature } = json as Partial<SignedMessage>;
    return typeof signed === 'string' && typeof signature === 'string'
      ? { signed, signature }
      : undefined;
  }
  const { details, ...rest } = json as { details?: object; id?: unknown };
  const sealedFor = typeof rest.id === 'string' && /^[0-9a-f]{32}$/.test(rest.id) ? rest.id : id;
  const sealed = seal(bobsKeys, sealedFor, details ?? {});
  const bytes = Buffer.from(JSON.stringify({ ...rest, sealed }));
  return mode === Mode.signedByMallory ? sign(bytes, mallory) : sign(bytes);
}

function sign(bytes: Buffer, signer = bob): SignedMessage {
  return {
    signed: bytes.toString('base64url'),
    signature: signer.sign(LABEL, bytes).toString('base64url'),
  };
}

/** What keys.md promises of an offer, in numbers of its own. */
function check(offer: VerifiedOffer): void {
  const [created, expires] = [Date.parse(offer.createdAt), Date.parse(offer.expiresAt)];
  demand(/^[0-9a-f]{32}$/.test(offer.id), 'an id that is none');
  demand(offer.senderKid === bob.kid, 'an offer of somebody else');
  demand(offer.recipientKid === alice.kid, 'an offer for somebody else');
  demand(expires > created, 'an offer that ends before it begins');
  demand(expires - created <= 7 * 24 * 3600 * 1000, 'an offer of more than seven days');
  demand(created <= now + 5 * 60 * 1000, 'an offer from the future');
  demand(expires >= now - 5 * 60 * 1000, 'an offer from the past');
  demand(['file', 'folder'].includes(offer.kind), 'an offer of something else');
  demand(Number.isInteger(offer.entries) && offer.entries >= 0, 'a number of entries that is none');
  demand(offer.entries <= 10_000_000, 'more entries than there may be');
  demand(Number.isSafeInteger(offer.size) && offer.size >= 0, 'a size that is none');
  const { name } = offer.details;
  demand(
    typeof name === 'string' && name.length >= 1 && name.length <= 1024,
    'a name that is none',
  );
}

function inMode(mode: number, body: object): Buffer {
  return Buffer.concat([Buffer.from([mode]), Buffer.from(JSON.stringify(body))]);
}

function whole(): SignedMessage {
  return signOffer({
    identity: bob,
    keys: bobsKeys,
    recipientKid: alice.kid,
    id,
    createdAt: fields.created_at,
    expiresAt: fields.expires_at,
    kind: 'file',
    entries: 1,
    size: 12,
    details: { name: 'a.txt' },
  });
}
