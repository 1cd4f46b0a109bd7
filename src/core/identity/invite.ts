import { randomBytes } from 'node:crypto';
import { base32crockford } from '@scure/base';
import { errors } from '../errors';
import { hash, L } from './primitives';

/** 128 random bits: what an invite is. */
export const INVITE_SECRET_BYTES = 16;

/** 26 characters would hold the secret; two more hold 12 bits that tell a mistyped code. */
const CODE_CHARACTERS = 28;
/** The 17th byte and the upper half of the 18th. */
const CHECK_BYTES = 2;
/** Characters of the longest text that is looked at: a hub's address takes up to nine for one. */
const MAX_INVITE_TEXT = 4096;
/** Characters of a hub's address, as a card has for an origin. */
const MAX_HUB_LENGTH = 256;
/** The extension's id, in whose name the editor opens links. */
const LINK_AUTHORITY = 'beeline.beeline';
const LINK_PATH = '/pair';

export function newInviteSecret(): Buffer {
  return randomBytes(INVITE_SECRET_BYTES);
}

/** The code as people type it: Crockford's base32, 7 groups of 4 with dashes. */
export function encodeInvite(secret: Uint8Array): string {
  const code = base32crockford.encode(Buffer.concat([secret, checkOf(secret)]));
  // 18 bytes make 29 characters, whose last holds nothing but the four zero bits and padding.
  return (code.slice(0, CODE_CHARACTERS).match(/.{4}/g) ?? []).join('-');
}

/** The link that opens the editor; it carries the address of the hub when there is one. */
export function inviteLink(secret: Uint8Array, hubUrl?: string): string {
  const query = new URLSearchParams({ code: encodeInvite(secret) });
  if (hubUrl !== undefined) query.set('hub', hubUrl);
  return `vscode://${LINK_AUTHORITY}${LINK_PATH}?${query.toString()}`;
}

/**
 * Reads a code or a link. Case, spaces and dashes do not matter, O is 0, I and L are 1.
 * A link may have any scheme, because each edition of the editor has its own.
 * @throws INVITE_INVALID with what is wrong: empty, length, character, mistyped, address
 */
export function readInvite(text: string): { readonly secret: Buffer; readonly hub?: string } {
  if (text.length > MAX_INVITE_TEXT) throw errors.inviteInvalid('it is far too long');
  // A mail program may have broken it into lines.
  const joined = text.replace(/\s+/g, '');
  if (joined === '') throw errors.inviteInvalid('it is empty');
  return /^[a-z][a-z0-9+.-]*:/i.test(joined) ? readLink(joined) : { secret: readCode(joined) };
}

function readLink(text: string): { readonly secret: Buffer; readonly hub?: string } {
  const link = URL.canParse(text) ? new URL(text) : undefined;
  if (link?.host.toLowerCase() !== LINK_AUTHORITY || link.pathname !== LINK_PATH) {
    throw errors.inviteInvalid('the link leads elsewhere');
  }
  const secret = readCode(only(link, 'code') ?? '');
  const hub = only(link, 'hub');
  return hub === undefined ? { secret } : { secret, hub: readHub(hub) };
}

function only(link: URL, name: string): string | undefined {
  const values = link.searchParams.getAll(name);
  // With two, the one that is shown might not be the one that is used.
  if (values.length > 1) throw errors.inviteInvalid(`the link has more than one ${name}`);
  return values[0];
}

function readHub(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === undefined || !isWeb || text.length > MAX_HUB_LENGTH) {
    throw errors.inviteInvalid('the address of its hub is not a web address');
  }
  if (url.username !== '' || url.password !== '') {
    throw errors.inviteInvalid('the address of its hub carries a name or a password');
  }
  return text;
}

function readCode(text: string): Buffer {
  // Programs that set type turn a dash into one of its relatives.
  const characters = text.replace(/[\s\p{Pd}_\u2212]/gu, '').toUpperCase();
  const odd = /[^0-9A-TV-Z]/u.exec(characters)?.[0];
  if (odd !== undefined) {
    throw errors.inviteInvalid(`a code has no character ${JSON.stringify(odd)}`);
  }
  if (characters.length !== CODE_CHARACTERS) {
    throw errors.inviteInvalid(
      `a code has ${CODE_CHARACTERS} characters, this one ${characters.length}`,
    );
  }
  const bytes = Buffer.from(base32crockford.decode(`${characters}0`));
  const secret = bytes.subarray(0, INVITE_SECRET_BYTES);
  if (!bytes.subarray(INVITE_SECRET_BYTES).equals(checkOf(secret))) {
    throw errors.inviteInvalid('it is mistyped: its check characters do not fit');
  }
  return Buffer.from(secret);
}

/**
 * The first 12 bits of H(L("beeline/invite-check/1") ‖ secret), then 4 zero bits. It finds 4,095 of
 * 4,096 slips of the finger before anything is joined; it proves nothing and need not.
 */
function checkOf(secret: Uint8Array): Buffer {
  const check = hash(L('beeline/invite-check/1'), secret).subarray(0, CHECK_BYTES);
  return Buffer.from([check[0] ?? 0, (check[1] ?? 0) & 0xf0]);
}
