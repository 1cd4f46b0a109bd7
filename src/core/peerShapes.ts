import * as v from 'valibot';
import type { PeerSignal, PeerState } from './calling';
import { candidate, MAX_SDP_LENGTH } from './wire/signalFrames';

/** What the owner of a peer connection says, looked at where it comes in from a page or a socket. */

/** Characters of base64: a sealed frame of 64 KiB, and the few bytes before it. */
const MAX_FRAME = 4 * Math.ceil((64 * 1024 + 64) / 3);

/** As it can be sealed for the other side: one that cannot would be passed over there. */
export const peerSignal = v.variant('kind', [
  v.object({
    kind: v.literal('description'),
    type: v.picklist(['offer', 'answer']),
    sdp: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_SDP_LENGTH)),
  }),
  v.object({ kind: v.literal('candidate'), ...candidate.entries }),
]) satisfies v.GenericSchema<PeerSignal>;

export const peerState = v.variant('kind', [
  v.object({ kind: v.literal('connecting') }),
  v.object({ kind: v.literal('connected'), path: v.picklist(['direct', 'relayed']) }),
  v.object({ kind: v.literal('disconnected') }),
  v.object({ kind: v.literal('failed') }),
]) satisfies v.GenericSchema<PeerState>;

export const peerFrame = v.pipe(v.string(), v.maxLength(MAX_FRAME), v.base64());
