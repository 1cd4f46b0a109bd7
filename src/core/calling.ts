import type { Call, CallMedia, RemoteMedia } from './callEvents';

/** The part of the façade that is calls with paired agents. */
export interface Calling {
  /**
   * Rings. What follows arrives as `calls` events. The same id again is the same call. When the
   * other side is just calling us, its call is accepted instead and told under its own id.
   * @throws AGENT_UNKNOWN, AGENT_BLOCKED, CALL_BUSY when this home is in another call
   */
  call(request: {
    /** 32 lower-case hex digits of `crypto.randomBytes(16)`. */
    readonly callId: string;
    readonly kid: string;
    readonly media: CallMedia;
  }): Promise<void>;

  /**
   * Of several that ring, taking one tells the others that this home is busy.
   * @throws CALL_UNKNOWN, CALL_ANSWERED when another window or terminal was first, CALL_BUSY
   */
  answerCall(request: {
    readonly callId: string;
    readonly decision:
      { readonly kind: 'accept'; readonly media: CallMedia } | { readonly kind: 'decline' };
  }): Promise<void>;

  /** Ends a call in any state; unknown and ended ones are left as they are. */
  hangUp(request: { readonly callId: string }): Promise<void>;

  /** What this side shows just now, so that the other side can say *muted* or *camera off*. */
  tellMedia(request: { readonly callId: string; readonly media: RemoteMedia }): Promise<void>;
}

/**
 * Peers: whoever owns an RTCPeerConnection (a panel, a browser page, a terminal) attaches it to a
 * session, and is given what the other side's says, as `peer` events under its id. Core validates,
 * seals and orders; the peer follows the W3C's perfect negotiation. A peer is gone with the process
 * that attached it.
 */
export interface Peering {
  /**
   * The chat of an agent (its session comes by itself), or a call.
   * One that is attached already stays, and this is refused, unless `takeOver`.
   * @throws AGENT_UNKNOWN, CALL_UNKNOWN, PEER_TAKEN
   */
  attachPeer(request: {
    /** 32 lower-case hex digits, new for each RTCPeerConnection's owner that begins. */
    readonly peerId: string;
    readonly to:
      | { readonly kind: 'chat'; readonly kid: string }
      | { readonly kind: 'call'; readonly callId: string };
    readonly takeOver?: boolean;
  }): Promise<PeerStart>;

  /** A description or candidate of this peer for the other side's peer `to`. */
  peerSignal(request: {
    readonly peerId: string;
    readonly to: string;
    readonly signal: PeerSignal;
  }): Promise<void>;

  /** A binary message that came in over the data channel, base64. */
  peerFrame(request: { readonly peerId: string; readonly frame: string }): Promise<void>;

  peerState(request: { readonly peerId: string; readonly state: PeerState }): Promise<void>;

  detachPeer(request: { readonly peerId: string }): Promise<void>;
}

export interface PeerStart {
  /** The callee's side gives way when both make an offer at once. */
  readonly isPolite: boolean;
  readonly iceServers: readonly IceServer[];
}

/** As RTCIceServer. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

export type PeerSignal =
  | { readonly kind: 'description'; readonly type: 'offer' | 'answer'; readonly sdp: string }
  | {
      readonly kind: 'candidate';
      readonly candidate: string;
      readonly sdpMid: string | null;
      readonly sdpMLineIndex: number | null;
    };

/** What a peer says of its connection. */
export type PeerState =
  | { readonly kind: 'connecting' }
  /** The negotiated data channel (label `beeline`, id 0) is open, so frames can travel. */
  | { readonly kind: 'connected'; readonly path: 'direct' | 'relayed' }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'failed' };

/** What a peer is told, in `peer` events. */
export type PeerOrder =
  /**
   * The other side's peer: connect to it with a new RTCPeerConnection. Absent: there is none now,
   * close the one to the last. Told again whenever it is another one.
   */
  | { readonly kind: 'remote'; readonly remote?: string }
  | { readonly kind: 'signal'; readonly from: string; readonly signal: PeerSignal }
  /** To be sent over the data channel as one binary message, base64. */
  | { readonly kind: 'frame'; readonly frame: string }
  /** The network changed: restart ICE. */
  | { readonly kind: 'restart' }
  /** It was replaced, or the session is over. */
  | { readonly kind: 'close'; readonly reason: 'replaced' | 'ended' };

export type { Call, CallMedia, RemoteMedia };
