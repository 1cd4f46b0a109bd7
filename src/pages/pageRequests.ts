import * as v from 'valibot';
import type { CallRequests } from '../bridge/callPage';

/**
 * What a call's page may ask, and what its parameters have to look like: a page is another program,
 * and what it says is looked at before the engine hears it.
 */
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const nothing = v.object({});
const media = v.object({ audio: v.boolean(), video: v.boolean(), screen: v.boolean() });

/** Characters. Descriptions of a call with three lines of media have about 8,000. */
const MAX_SDP = 64 * 1024;
const MAX_CANDIDATE = 2048;
/** Characters of base64: a sealed frame of 64 KiB and what stands before it. */
const MAX_FRAME = 90 * 1024;

const signal = v.variant('kind', [
  v.object({
    kind: v.literal('description'),
    type: v.picklist(['offer', 'answer']),
    sdp: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_SDP)),
  }),
  v.object({
    kind: v.literal('candidate'),
    candidate: v.pipe(v.string(), v.maxLength(MAX_CANDIDATE)),
    sdpMid: v.nullable(v.pipe(v.string(), v.maxLength(64))),
    sdpMLineIndex: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(64))),
  }),
]);

const state = v.variant('kind', [
  v.object({ kind: v.literal('connecting') }),
  v.object({ kind: v.literal('connected'), path: v.picklist(['direct', 'relayed']) }),
  v.object({ kind: v.literal('disconnected') }),
  v.object({ kind: v.literal('failed') }),
]);

/** The second connection between two of our own pages on this machine. */
const mirror = v.variant('kind', [
  v.object({ kind: v.literal('want'), mirrorId: id }),
  v.object({ kind: v.literal('stop'), mirrorId: id }),
  v.object({ kind: v.literal('signal'), mirrorId: id, signal }),
]);

const shapes = {
  attachPeer: v.object({
    peerId: id,
    to: v.picklist(['chat', 'call']),
    takeOver: v.exactOptional(v.boolean()),
  }),
  peerSignal: v.object({ peerId: id, to: id, signal }),
  peerFrame: v.object({
    peerId: id,
    frame: v.pipe(v.string(), v.maxLength(MAX_FRAME), v.base64()),
  }),
  peerState: v.object({ peerId: id, state }),
  detachPeer: v.object({ peerId: id }),
  callReady: v.object({ camera: v.boolean(), microphone: v.boolean(), screen: v.boolean() }),
  acceptCall: v.object({ video: v.boolean() }),
  declineCall: nothing,
  hangUp: nothing,
  tellMedia: media,
  openInBrowser: nothing,
  mirrorSignal: v.object({ signal: mirror }),
} satisfies { readonly [Method in keyof CallRequests]: v.GenericSchema };

export type PageMethod = keyof typeof shapes;
export type PageParams<Method extends PageMethod> = v.InferOutput<(typeof shapes)[Method]>;
export type MirrorSignal = v.InferOutput<typeof mirror>;

export function isPageMethod(method: string): method is PageMethod {
  return Object.hasOwn(shapes, method);
}

/** @throws PageRefusal BAD_REQUEST */
export function pageParams<Method extends PageMethod>(
  method: Method,
  params: unknown,
): PageParams<Method> {
  const parsed = v.safeParse(shapes[method], params);
  if (!parsed.success) throw new PageRefusal('BAD_REQUEST', BAD_REQUEST);
  return parsed.output;
}

const BAD_REQUEST = 'The page asked for something that cannot be understood. Reload it.';

/** What a page is answered instead of a result. */
export class PageRefusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'PageRefusal';
  }
}
