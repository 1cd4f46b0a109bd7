import c from 'compact-encoding';
import { isActorId } from '../engineConfig';
import { errors } from '../errors';
import { KEY_BYTES } from './primitives';

/** What an agent shows of itself when it pairs. The holder of the key signs it (pairingTalk). */
export interface Card {
  /** Identity key, 32 bytes. */
  readonly publicKey: Buffer;
  readonly actorId: string;
  /** Its own words: made safe for display by the shell. */
  readonly name: string;
  /** Origin of its task service, http or https. Shown, never contacted by itself. */
  readonly origin: string;
}

/** A card whose holder has proven to have its identity key. */
export interface PeerCard extends Card {
  readonly kid: string;
  readonly fingerprint: string;
}

export const CARD_VERSION = 1;
/** UTF-16 units, as an actor id has. */
export const MAX_NAME_LENGTH = 128;
/** A host name has at most 253 characters. */
export const MAX_ORIGIN_LENGTH = 256;
/** Bytes: the key, an id, a name of three-byte characters and an origin come to 810. */
export const MAX_CARD_BYTES = 1024;

/** version uint · key 32 bytes · actor id, name and origin as UTF-8 strings. */
const record: c.Encoder<Card> = {
  preencode(state, card) {
    c.uint.preencode(state, CARD_VERSION);
    c.fixed32.preencode(state, card.publicKey);
    for (const text of [card.actorId, card.name, card.origin]) c.string.preencode(state, text);
  },
  encode(state, card) {
    c.uint.encode(state, CARD_VERSION);
    c.fixed32.encode(state, card.publicKey);
    for (const text of [card.actorId, card.name, card.origin]) c.string.encode(state, text);
  },
  decode(state) {
    const version = c.uint.decode(state);
    if (version !== CARD_VERSION) throw errors.protocol(`a card of version ${version}`);
    return {
      publicKey: Buffer.from(c.fixed32.decode(state)),
      actorId: c.string.decode(state),
      name: c.string.decode(state),
      origin: c.string.decode(state),
    };
  },
};

/** @throws CONFIG_INVALID when our own card breaks a limit, because the person can mend that */
export function encodeCard(card: Card): Buffer {
  const fault = faultOf(card);
  if (fault !== undefined) throw errors.configInvalid(`Pairing is not possible: ${fault}.`);
  return Buffer.from(c.encode(record, card));
}

/** @throws PROTOCOL for whatever `encodeCard` would not have made, byte for byte */
export function decodeCard(bytes: Buffer): Card {
  if (bytes.length > MAX_CARD_BYTES) throw errors.protocol(`a card of ${bytes.length} bytes`);
  const card = decodeRecord(bytes);
  const fault = faultOf(card);
  if (fault !== undefined) throw errors.protocol(fault);
  // Bytes after the end, long forms of numbers and broken UTF-8: one card has one encoding.
  if (!bytes.equals(c.encode(record, card))) throw errors.protocol('a card in another form');
  return card;
}

/** Whether this is the origin of a web address and nothing more. */
export function isOrigin(text: string): boolean {
  if (text.length > MAX_ORIGIN_LENGTH || !URL.canParse(text)) return false;
  const url = new URL(text);
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.origin === text;
}

/** Whether this can be the name on a card. */
export function isCardName(text: string): boolean {
  return text.trim() !== '' && text.length <= MAX_NAME_LENGTH && isUtf8(text);
}

/** Half of a surrogate pair has no encoding, and would come out as another character. */
function isUtf8(text: string): boolean {
  return Buffer.from(text).toString() === text;
}

function decodeRecord(bytes: Buffer): Card {
  try {
    return c.decode(record, bytes);
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'BeelineError') throw cause;
    throw errors.protocol('a card that is cut off', { cause });
  }
}

function faultOf(card: Card): string | undefined {
  if (card.publicKey.length !== KEY_BYTES) return 'the identity key has another length';
  if (!isActorId(card.actorId)) return 'the agent id on the card cannot be one';
  if (!isCardName(card.name))
    return `the name on the card is not 1 to ${MAX_NAME_LENGTH} characters`;
  if (!isOrigin(card.origin)) return 'the address of the task service on the card is not an origin';
  return undefined;
}
