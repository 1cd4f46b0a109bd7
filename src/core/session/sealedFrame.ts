import { createCipheriv, createDecipheriv } from 'node:crypto';
import { L } from '../identity/primitives';
import { SEALED_LABEL, type SessionSide, type SessionUse } from '../identity/sessionKeys';

/**
 * One frame of a session: u8 use ‖ u64 seq ‖ AES-256-GCM ciphertext ‖ tag (keys.md, *Session*).
 * Nonce u32 0 ‖ u64 seq; additional data L(label) ‖ session id ‖ L(direction/use) ‖ u64 seq. So a
 * frame opens only as what it was sealed as: this session, direction, use and place.
 */
export interface FrameContext {
  /** 16 bytes as 32 hex digits. */
  readonly sessionId: string;
  /** Who sends. */
  readonly direction: SessionSide;
  readonly use: SessionUse;
}

/** On every carrier, in bytes, with everything. */
export const MAX_FRAME_BYTES = 64 * 1024;
/** Use and seq. */
const HEAD_BYTES = 9;
/** AES-GCM's own. */
const TAG_BYTES = 16;
/** What may be sealed in one frame. */
export const MAX_PLAIN_BYTES = MAX_FRAME_BYTES - HEAD_BYTES - TAG_BYTES;

const CIPHER = 'aes-256-gcm';
const USES: readonly SessionUse[] = ['signal', 'chat'];

/** @param seq used once with this key, whatever is sealed */
export function sealFrame(
  key: Buffer,
  context: FrameContext,
  seq: number,
  plain: Uint8Array,
): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonceOf(seq), { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalOf(context, seq));
  const head = Buffer.concat([Buffer.from([USES.indexOf(context.use)]), u64(seq)]);
  return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** What was sealed, or undefined when it was not, or as something else. Never throws. */
export function openFrame(
  key: Buffer,
  context: FrameContext,
  frame: Uint8Array,
): Buffer | undefined {
  const head = readFrameHead(frame);
  if (head?.use !== context.use) return undefined;
  const decipher = createDecipheriv(CIPHER, key, nonceOf(head.seq), { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalOf(context, head.seq));
  decipher.setAuthTag(frame.subarray(-TAG_BYTES));
  try {
    const plain = decipher.update(frame.subarray(HEAD_BYTES, -TAG_BYTES));
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    return undefined;
  }
}

/** What a frame claims to be; undefined for what is none. Nothing of it is proven. */
export function readFrameHead(
  frame: Uint8Array,
): { readonly use: SessionUse; readonly seq: number } | undefined {
  if (frame.length < HEAD_BYTES + TAG_BYTES || frame.length > MAX_FRAME_BYTES) return undefined;
  const use = USES[frame[0] ?? USES.length];
  const seq = Number(Buffer.from(frame.subarray(1, HEAD_BYTES)).readBigUInt64BE());
  // Beyond that, numbers are no longer exact; no session lives as long.
  return use === undefined || !Number.isSafeInteger(seq) ? undefined : { use, seq };
}

function nonceOf(seq: number): Buffer {
  return Buffer.concat([Buffer.alloc(4), u64(seq)]);
}

function additionalOf({ sessionId, direction, use }: FrameContext, seq: number): Buffer {
  const id = Buffer.from(sessionId, 'hex');
  return Buffer.concat([L(SEALED_LABEL), id, L(`${direction}/${use}`), u64(seq)]);
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
