import * as v from 'valibot';
import type { CallRequests } from '../../bridge/callPage';
import type { ChatRequests } from '../../bridge/chatPage';
import { MAX_MESSAGE_BYTES } from '../../core/chatEvents';
import { codeLanguage, hexId as id } from '../../core/wire/shapes';
import type { Shapes } from './pageBridge';

/** What a chat panel asks beyond the call and its connections. */
export type ChatOnlyRequests = Omit<ChatRequests, keyof CallRequests>;

/** Bytes in one piece of a dropped file; base64 makes four characters of three of them. */
const MAX_CHUNK_BYTES = 512 * 1024;
/** Files of one drop: what a person drops by accident, a whole disk, is refused before it is listed. */
const MAX_DROPPED = 20_000;
const MAX_PATH = 4096;
const MAX_URIS = 1000;
/** Characters of a piece of text that goes to the clipboard, an editor or the highlighter. */
const MAX_TEXT = 1024 * 1024;
/** Messages of one page: what the engine gives at most. */
const MAX_PAGE = 200;

const nothing = v.object({});
const text = v.pipe(v.string(), v.maxLength(MAX_TEXT));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const chatShapes: Shapes<ChatOnlyRequests> = {
  ready: nothing,
  messages: v.object({
    limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_PAGE)),
    before: v.exactOptional(id),
    after: v.exactOptional(id),
    around: v.exactOptional(id),
  }),
  search: v.object({ text: v.pipe(v.string(), v.maxLength(200)) }),
  send: v.object({
    messageId: id,
    // Bytes are counted by the engine, which has the sentence for it.
    text: v.pipe(v.string(), v.minLength(1), v.maxLength(8 * MAX_MESSAGE_BYTES)),
  }),
  typing: v.object({ isTyping: v.boolean() }),
  read: v.object({ messageId: id }),
  pickFiles: nothing,
  dropUris: v.object({
    uris: v.pipe(
      v.array(v.pipe(v.string(), v.maxLength(MAX_PATH))),
      v.minLength(1),
      v.maxLength(MAX_URIS),
    ),
  }),
  uploadBegin: v.object({
    uploadId: id,
    files: v.pipe(
      v.array(
        v.object({ path: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_PATH)), size: count }),
      ),
      v.minLength(1),
      v.maxLength(MAX_DROPPED),
    ),
  }),
  uploadChunk: v.object({
    uploadId: id,
    file: count,
    offset: count,
    bytes: v.pipe(v.string(), v.maxLength(Math.ceil(MAX_CHUNK_BYTES / 3) * 4), v.base64()),
  }),
  uploadEnd: v.object({ uploadId: id, cancel: v.boolean() }),
  transferAction: v.object({
    transferId: v.pipe(v.string(), v.maxLength(128)),
    action: v.picklist(['accept', 'acceptTo', 'decline', 'cancel', 'resume', 'open', 'reveal']),
  }),
  openCode: v.object({ messageId: id }),
  openLink: v.object({ href: v.pipe(v.string(), v.maxLength(MAX_PATH)) }),
  copy: v.object({ text }),
  insertAtCursor: v.object({ text }),
  openAsFile: v.object({ text, language: v.exactOptional(codeLanguage) }),
  highlight: v.object({ text, language: v.pipe(v.string(), v.maxLength(64)) }),
  startCall: v.object({ video: v.boolean() }),
  exportHistory: nothing,
  clearHistory: nothing,
};
