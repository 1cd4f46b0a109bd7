import { MAX_MESSAGE_BYTES, type MessageBody } from '../chatEvents';
import { errors } from '../errors';
import { type ChatFrame, decodeChatFrame, encodeChatFrame } from '../wire/chatFrames';
import type { KeptMessage } from './messageLines';

/** Frames that carry a message. */
export type MessageFrame = Extract<ChatFrame, { readonly id: string; readonly at: string }>;

/** Bytes of a frame's JSON: 64 KiB sealed, less what the seal and the counts around it take. */
const MAX_FRAME_BYTES = 60 * 1024;

export function toFrame({ id, at, body }: KeptMessage): MessageFrame {
  switch (body.kind) {
    case 'text':
      return { t: 'text', id, at, text: body.text };
    case 'code': {
      const { path, language, range, text } = body;
      return {
        t: 'code',
        id,
        at,
        path,
        ...(language !== undefined && { language }),
        range: { ...range },
        text,
      };
    }
    case 'file':
      return { t: 'file', id, at, transfer: body.transferId };
  }
}

export function bodyOf(frame: MessageFrame): MessageBody {
  switch (frame.t) {
    case 'text':
      return { kind: 'text', text: frame.text };
    case 'code': {
      const { path, language, range, text } = frame;
      return { kind: 'code', path, ...(language !== undefined && { language }), range, text };
    }
    case 'file':
      return { kind: 'file', transferId: frame.transfer };
  }
}

/**
 * Refuses what the other side would not take, before it is queued: it would stand before all others
 * for ever. @throws MESSAGE_TOO_LARGE, CONFIG_INVALID
 */
export function checkSendable(message: KeptMessage): void {
  const { body } = message;
  if (body.kind !== 'file') {
    const bytes = Buffer.byteLength(body.text);
    if (bytes > MAX_MESSAGE_BYTES) throw errors.messageTooLarge(bytes, MAX_MESSAGE_BYTES);
  }
  const encoded = encodeChatFrame(toFrame(message));
  // Signs that JSON writes in six take more than they count.
  if (encoded.length > MAX_FRAME_BYTES) {
    throw errors.messageTooLarge(encoded.length, MAX_FRAME_BYTES);
  }
  try {
    decodeChatFrame(encoded);
  } catch (cause) {
    throw errors.configInvalid('This message has something that cannot be sent.', { cause });
  }
}

/** What a message weighs in memory and on its way, in bytes, roughly. */
export function weightOf(body: MessageBody): number {
  return 200 + (body.kind === 'file' ? 0 : 2 * body.text.length);
}
