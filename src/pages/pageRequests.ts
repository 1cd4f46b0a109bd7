import * as v from 'valibot';
import type { CallRequests } from '../bridge/callPage';
import { peerFrame, peerSignal, peerState } from '../core/peerShapes';
import { hexId as id, shownMedia } from '../core/wire/shapes';

const nothing = v.object({});

/** The second connection between two of our own pages on this machine. */
const mirror = v.variant('kind', [
  v.object({ kind: v.literal('want'), mirrorId: id }),
  v.object({ kind: v.literal('stop'), mirrorId: id }),
  v.object({ kind: v.literal('signal'), mirrorId: id, signal: peerSignal }),
]);

/**
 * What a call's page may ask, and what its parameters have to look like: a page is another program,
 * and what it says is looked at before the engine hears it.
 */
const shapes = {
  attachPeer: v.object({
    peerId: id,
    to: v.picklist(['chat', 'call']),
    takeOver: v.exactOptional(v.boolean()),
  }),
  peerSignal: v.object({ peerId: id, to: id, signal: peerSignal }),
  peerFrame: v.object({ peerId: id, frame: peerFrame }),
  peerState: v.object({ peerId: id, state: peerState }),
  detachPeer: v.object({ peerId: id }),
  callReady: v.object({ camera: v.boolean(), microphone: v.boolean(), screen: v.boolean() }),
  acceptCall: v.object({ video: v.boolean() }),
  declineCall: nothing,
  hangUp: nothing,
  tellMedia: shownMedia,
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
