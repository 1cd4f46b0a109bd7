import * as v from 'valibot';
import { errors } from '../errors';
import { hexId as peer, shownMedia } from './shapes';

/**
 * What the two sides of a session say to each other in sealed frames of the use `signal`, about
 * their peer connections and the session itself. JSON; fields that a reader does not know are
 * passed over, and so is what it cannot read.
 *
 * A peer is a panel, a page or a terminal that owns an RTCPeerConnection; descriptions and
 * candidates name both, so that those for a peer that was replaced meanwhile are known as such.
 */

/** Characters. Those of a browser with camera, screen and data channel have some 12,000. */
export const MAX_SDP_LENGTH = 40_000;
/** Characters of one candidate; they have some 150. */
const MAX_CANDIDATE_LENGTH = 1000;
/** Candidates in one frame; more go in further ones. */
export const MAX_CANDIDATES = 32;
const MAX_MID_LENGTH = 64;
const MAX_MEDIA_LINES = 256;

export const candidate = v.object({
  /** `candidate:…` of one line, or empty: there are no more. */
  candidate: v.pipe(
    v.string(),
    v.maxLength(MAX_CANDIDATE_LENGTH),
    v.regex(/^(?:candidate:[\x20-\x7e]*)?$/),
  ),
  sdpMid: v.nullable(v.pipe(v.string(), v.maxLength(MAX_MID_LENGTH), v.regex(/^[\x21-\x7e]*$/))),
  sdpMLineIndex: v.nullable(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_MEDIA_LINES)),
  ),
});

const frame = v.variant('t', [
  /** The peer that is attached on this side, or, without one, that there is none. */
  v.object({ t: v.literal('peer'), peer: v.exactOptional(peer) }),
  v.object({
    t: v.literal('description'),
    from: peer,
    to: peer,
    type: v.picklist(['offer', 'answer']),
    /** Looked at by `checkSdp` on both sides. */
    sdp: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_SDP_LENGTH)),
  }),
  v.object({
    t: v.literal('candidates'),
    from: peer,
    to: peer,
    candidates: v.pipe(v.array(candidate), v.minLength(1), v.maxLength(MAX_CANDIDATES)),
  }),
  /** What this side of a call shows just now. */
  v.object({ t: v.literal('media'), ...shownMedia.entries }),
  /** The session is over. A reason that a reader does not know is `stopped`. */
  v.object({
    t: v.literal('end'),
    reason: v.fallback(v.picklist(['hungUp', 'failed', 'idle', 'replaced', 'stopped']), 'stopped'),
  }),
]);

export type SignalFrame = v.InferOutput<typeof frame>;
export type SignalCandidate = v.InferOutput<typeof candidate>;
export type SessionEnd = Extract<SignalFrame, { readonly t: 'end' }>['reason'];

/** What a sealed frame said. @throws PROTOCOL */
export function readSignalFrame(said: unknown): SignalFrame {
  const parsed = v.safeParse(frame, said);
  if (!parsed.success) throw errors.protocol('a signal that cannot be understood');
  return parsed.output;
}
