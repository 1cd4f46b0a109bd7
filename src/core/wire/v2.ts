import { errors } from '../errors';
import { type ManifestEntry, entryCodec } from './v2Entry';
import { bytes32, decodeRecord, encodeRecord, text, uint } from './v2Fields';
import { type FileHead, fileHeadCodec } from './v2File';
import { type PlanPage, planPageCodec } from './v2PlanPage';
import { flag, items, record, word } from './v2Record';

/**
 * Wire version 2: one transfer between paired agents, on a `beeline/transfer` channel whose id is
 * the 16 bytes of the transfer id. The receiver opens it and speaks first.
 *
 * Receiver: want, credit, then (unless it only looks) accept and perhaps plan…, got…, received.
 * Sender:   manifest…, then for each file in the manifest's order perhaps file, data or copy… and
 *           fileEnd; then done.
 * Either:   alive at any moment; fail or cancel once, as the last word.
 *
 * The numbers of the two directions do not overlap, so that nothing means two things; 6, 7 and the
 * flags are room for what comes.
 */
export const MessageType = {
  // From the receiver to the sender.
  /** First of all: what this channel is opened for. */
  want: 0,
  /** The manifest with this digest is taken, and this is wanted of it. Once. */
  accept: 1,
  /** So many more bytes may be on their way. */
  credit: 2,
  /** This file and all before it are verified and on disk, or are not to come. Ascending. */
  got: 3,
  /** All is verified and in its place; what the sender can show as proof. The last word. */
  received: 4,
  /** A page of what is here already, behind an `accept` that says so; the last one says so too. */
  plan: 5,

  // From the sender to the receiver.
  /** A page of the list; the last one says so. */
  manifest: 8,
  /** Bytes of the file whose turn it is, nothing else in the payload. Never empty. */
  data: 9,
  /** This file is whole, did not change while it was read, and has this SHA-256. */
  fileEnd: 10,
  /** All files are through. */
  done: 11,
  /** How the file whose turn it is begins; again for the same one, it begins anew. */
  file: 12,
  /** The next bytes of this file are as the plan has them at the same place. */
  copy: 16,

  // From either.
  /** The one who says it waits for its own disk, and is still there. Empty. */
  alive: 13,
  /** Why the one who says it stops. */
  fail: 14,
  /** The person there does not want it any more. Empty. */
  cancel: 15,
} as const;

export type MessageType = (typeof MessageType)[keyof typeof MessageType];

export interface Want {
  readonly purpose: 'look' | 'receive';
}

export interface Accept {
  readonly manifestDigest: Buffer;
  /** All entries from their beginning, or what is here of them is said in pages that follow. */
  readonly plan: 'all' | 'planned';
}

export interface Credit {
  /** Counted as `costOf` does. */
  readonly bytes: number;
}

export interface Got {
  /** Of the entry, from 0; a file. */
  readonly index: number;
}

export interface Received {
  readonly treeHash: Buffer;
  /** MAC over transfer id and tree hash (keys.md, *Transfer*). */
  readonly receipt: Buffer;
}

export interface ManifestPage {
  /** From 0, without gaps. */
  readonly number: number;
  readonly isLast: boolean;
  /** At least one; ascending by the bytes of their paths, also from page to page. */
  readonly entries: readonly ManifestEntry[];
}

export interface FileEnd {
  readonly index: number;
  readonly sha256: Buffer;
}

export interface Copy {
  /** At least one. */
  readonly bytes: number;
}

export interface Done {
  readonly treeHash: Buffer;
}

export interface Fail {
  /** One of our codes, or one that a later version knows. */
  readonly code: string;
  /** UTF-8 for a person, without paths of the one who says it. */
  readonly message: string;
}

/** Bytes of a page of the manifest, or of a plan: a message of this size is held whole on both sides. */
export const MAX_PAGE_BYTES = 64 * 1024;
/** Bytes of a `data` message: large enough that its cost does not count, small enough to take turns. */
export const MAX_DATA_BYTES = 64 * 1024;
/** Bytes of a `fail` message's sentence: it is shown to a person. */
export const MAX_FAIL_BYTES = 4 * 1024;
/** Bytes of a `fail` message's code; the longest of ours has 18. */
export const MAX_CODE_BYTES = 64;
/**
 * Bytes that a sender may have on their way to us: what a line of 1 Gbit/s holds in 33 ms, and what
 * a transfer may cost us in memory when our disk is slow. Protomux itself bounds nothing.
 */
export const WINDOW_BYTES = 4 * 1024 * 1024;
/** Bytes that a receiver may grant in advance. Nobody needs more, and sums stay exact. */
export const MAX_CREDIT_BYTES = 1024 * 1024 * 1024;
/** Bytes that each message of a sender costs beyond its payload, as a link reckons them. */
export const MESSAGE_COST_BYTES = 256;

/** What a message from the sender takes of its credit. `fail` and `cancel` can always be said. */
export function costOf(type: number, payload: { readonly length: number }): number {
  if (type === MessageType.fail || type === MessageType.cancel) return 0;
  return payload.length + MESSAGE_COST_BYTES;
}

export const encodeWant = (value: Want): Buffer => encodeRecord(want, value);
export const encodeAccept = (value: Accept): Buffer => encodeRecord(accept, value);
export const encodeCredit = (value: Credit): Buffer => encodeRecord(credit, value);
export const encodeGot = (value: Got): Buffer => encodeRecord(got, value);
export const encodeReceived = (value: Received): Buffer => encodeRecord(received, value);
export const encodeManifestPage = (value: ManifestPage): Buffer => encodeRecord(page, value);
export const encodePlanPage = (value: PlanPage): Buffer => encodeRecord(planPageCodec, value);
export const encodeFileHead = (value: FileHead): Buffer => encodeRecord(fileHeadCodec, value);
export const encodeCopy = (value: Copy): Buffer => encodeRecord(copy, value);
export const encodeFileEnd = (value: FileEnd): Buffer => encodeRecord(fileEnd, value);
export const encodeDone = (value: Done): Buffer => encodeRecord(done, value);
export const encodeFail = (value: Fail): Buffer => encodeRecord(fail, value);

// Each of these throws PROTOCOL for whatever `encode…` would not have written, and for nothing else.
export const decodeWant = (payload: Uint8Array): Want => decodeRecord('want', want, payload);
export const decodeAccept = (payload: Uint8Array): Accept =>
  decodeRecord('accept', accept, payload);
export const decodeCredit = (payload: Uint8Array): Credit =>
  decodeRecord('credit', credit, payload);
export const decodeGot = (payload: Uint8Array): Got => decodeRecord('got', got, payload);
export const decodeReceived = (payload: Uint8Array): Received =>
  decodeRecord('received', received, payload);
export const decodeFileHead = (payload: Uint8Array): FileHead =>
  decodeRecord('file', fileHeadCodec, payload);
export const decodeFileEnd = (payload: Uint8Array): FileEnd =>
  decodeRecord('fileEnd', fileEnd, payload);
export const decodeDone = (payload: Uint8Array): Done => decodeRecord('done', done, payload);
export const decodeFail = (payload: Uint8Array): Fail => decodeRecord('fail', fail, payload);

export function decodeManifestPage(payload: Uint8Array): ManifestPage {
  return decodeRecord('manifest', page, ofPageSize('manifest', payload));
}

export function decodePlanPage(payload: Uint8Array): PlanPage {
  return decodeRecord('plan', planPageCodec, ofPageSize('plan', payload));
}

function ofPageSize(what: string, payload: Uint8Array): Uint8Array {
  if (payload.length <= MAX_PAGE_BYTES) return payload;
  throw errors.protocol(`a page of the ${what} of ${payload.length} bytes`);
}

export function decodeCopy(payload: Uint8Array): Copy {
  const value = decodeRecord('copy', copy, payload);
  if (value.bytes === 0) throw errors.protocol('a copy of nothing');
  return value;
}

/** The payload of `data` as it is. */
export function decodeData(payload: Buffer): Buffer {
  if (payload.length === 0 || payload.length > MAX_DATA_BYTES) {
    throw errors.protocol(`a data message of ${payload.length} bytes`);
  }
  return payload;
}

/** The payload of `alive` and `cancel`. */
export function decodeEmpty(payload: Uint8Array): void {
  if (payload.length > 0) throw errors.protocol('words in a message that has none');
}

/** By type, for who tries them all. */
export const decoders: Readonly<Record<MessageType, (payload: Buffer) => unknown>> = {
  [MessageType.want]: decodeWant,
  [MessageType.accept]: decodeAccept,
  [MessageType.credit]: decodeCredit,
  [MessageType.got]: decodeGot,
  [MessageType.received]: decodeReceived,
  [MessageType.plan]: decodePlanPage,
  [MessageType.manifest]: decodeManifestPage,
  [MessageType.data]: decodeData,
  [MessageType.fileEnd]: decodeFileEnd,
  [MessageType.done]: decodeDone,
  [MessageType.file]: decodeFileHead,
  [MessageType.copy]: decodeCopy,
  [MessageType.alive]: decodeEmpty,
  [MessageType.fail]: decodeFail,
  [MessageType.cancel]: decodeEmpty,
};

/** Flags byte of a plan: zero for all of it. */
const plan = word(['all', 'planned']);

const want = record<Want>({ purpose: word(['look', 'receive']) });
const accept = record<Accept>({ plan, manifestDigest: bytes32 });
const credit = record<Credit>({ bytes: uint });
const got = record<Got>({ index: uint });
const received = record<Received>({ treeHash: bytes32, receipt: bytes32 });
const fileEnd = record<FileEnd>({ index: uint, sha256: bytes32 });
const copy = record<Copy>({ bytes: uint });
const done = record<Done>({ treeHash: bytes32 });
const fail = record<Fail>({ code: text(MAX_CODE_BYTES), message: text(MAX_FAIL_BYTES) });

const page = record<ManifestPage>({
  isLast: flag,
  number: uint,
  entries: items('entries', entryCodec),
});
