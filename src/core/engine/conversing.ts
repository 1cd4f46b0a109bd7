import * as v from 'valibot';
import type { Calling, Peering } from '../calling';
import { MAX_MESSAGE_BYTES } from '../chatEvents';
import type { Conversations } from '../conversations';
import { errors } from '../errors';
import { peerFrame, peerSignal, peerState } from '../peerShapes';
import { codeLanguage, codeRange, hex32 as kid, hexId as id, shownMedia } from '../wire/shapes';

/** The part of the façade in which every call takes one object: chats, calls and peers. */
export type Conversing = Conversations & Calling & Peering;
export type ConversingCall = keyof Conversing;
export type ConversingParams<M extends ConversingCall> = Parameters<Conversing[M]>[0];
export type ConversingResult<M extends ConversingCall> = Awaited<ReturnType<Conversing[M]>>;

/** Characters of a path, a search or a word; what is longer is nobody's. */
const MAX_WORDS = 4096;
/** As `MessageQuery` says. */
const MAX_LISTED = 200;
/** Conversations that one shell can have in front of somebody. */
const MAX_OPEN = 1024;

const words = v.pipe(v.string(), v.maxLength(MAX_WORDS));
/** Bytes are counted where the message is queued, which has a sentence for it. */
const text = v.pipe(v.string(), v.minLength(1));
const limit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_LISTED));
const media = v.object({ video: v.boolean() });

const body = v.variant('kind', [
  v.object({ kind: v.literal('text'), text }),
  v.object({
    kind: v.literal('code'),
    path: v.pipe(words, v.minLength(1)),
    language: v.exactOptional(codeLanguage),
    range: codeRange,
    text,
  }),
  v.object({ kind: v.literal('file'), transferId: id }),
]);

/** What each call may be given. The local socket and the pages are boundaries as the network is. */
const requests = {
  sendMessage: v.object({ kid, messageId: id, body }),
  typing: v.object({ kid, isTyping: v.boolean() }),
  markRead: v.object({ kid, messageId: id }),
  messages: v.object({
    kid,
    limit,
    before: v.exactOptional(id),
    after: v.exactOptional(id),
    around: v.exactOptional(id),
  }),
  searchMessages: v.object({ kid, text: words, limit }),
  clearMessages: v.object({ kid }),
  attend: v.object({
    shellId: id,
    chats: v.boolean(),
    calls: v.boolean(),
    open: v.pipe(v.array(kid), v.maxLength(MAX_OPEN)),
  }),
  call: v.object({ callId: id, kid, media }),
  answerCall: v.object({
    callId: id,
    decision: v.variant('kind', [
      v.object({ kind: v.literal('accept'), media }),
      v.object({ kind: v.literal('decline') }),
    ]),
  }),
  hangUp: v.object({ callId: id }),
  tellMedia: v.object({ callId: id, media: shownMedia }),
  attachPeer: v.object({
    peerId: id,
    to: v.variant('kind', [
      v.object({ kind: v.literal('chat'), kid }),
      v.object({ kind: v.literal('call'), callId: id }),
    ]),
    takeOver: v.exactOptional(v.boolean()),
  }),
  peerSignal: v.object({ peerId: id, to: id, signal: peerSignal }),
  peerFrame: v.object({ peerId: id, frame: peerFrame }),
  peerState: v.object({ peerId: id, state: peerState }),
  detachPeer: v.object({ peerId: id }),
} satisfies { readonly [M in ConversingCall]: v.GenericSchema<ConversingParams<M>> };

/** The calls by name: whoever passes them on does it in one way for all. */
export const conversingCalls = Object.keys(requests) as readonly ConversingCall[];

/** @throws CONFIG_INVALID, MESSAGE_TOO_LARGE */
export function checkConversing<M extends ConversingCall>(
  call: M,
  params: unknown,
): ConversingParams<M> {
  const parsed = v.safeParse(requests[call], params);
  if (!parsed.success) {
    const where = v.getDotPath(parsed.issues[0]) ?? 'its parameters';
    throw errors.configInvalid(`"${call}" was asked with something else than it takes: ${where}.`);
  }
  if (call === 'sendMessage') checkSize(parsed.output as ConversingParams<'sendMessage'>);
  return parsed.output;
}

/** Calls one of a façade's by name. */
export function converse<M extends ConversingCall>(
  target: Conversing,
  call: M,
  params: ConversingParams<M>,
): Promise<ConversingResult<M>> {
  return target[call](params as never) as Promise<ConversingResult<M>>;
}

/** What a class does with all of these calls. */
export interface Passes {
  pass<M extends ConversingCall>(
    call: M,
    params: ConversingParams<M>,
  ): Promise<ConversingResult<M>>;
}

/** Base of a façade that gives each of these calls to its own `pass`. */
export const Passing: abstract new () => Conversing = passing();

function passing(): abstract new () => Conversing {
  abstract class Base implements Passes {
    abstract pass<M extends ConversingCall>(
      call: M,
      params: ConversingParams<M>,
    ): Promise<ConversingResult<M>>;
  }
  for (const call of conversingCalls) {
    Object.defineProperty(Base.prototype, call, {
      value(this: Passes, params: never) {
        return this.pass(call, params);
      },
      configurable: true,
      writable: true,
    });
  }
  return Base as unknown as abstract new () => Conversing;
}

function checkSize({ body: said }: ConversingParams<'sendMessage'>): void {
  if (said.kind === 'file') return;
  const bytes = Buffer.byteLength(said.text);
  if (bytes > MAX_MESSAGE_BYTES) throw errors.messageTooLarge(bytes, MAX_MESSAGE_BYTES);
}
