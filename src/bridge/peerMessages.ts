/** What the owner of an RTCPeerConnection and the host say: the page moves no keys, only these. */
export interface PeerRequests {
  /** @throws PEER_TAKEN unless `takeOver` */
  attachPeer: {
    readonly params: {
      /** 32 lower-case hex digits, by chance, new for each owner that begins. */
      readonly peerId: string;
      /** The panel's chat, or the call that is on. */
      readonly to: 'chat' | 'call';
      readonly takeOver?: boolean;
    };
    readonly result: PeerStart;
  };
  peerSignal: {
    readonly params: { readonly peerId: string; readonly to: string; readonly signal: PeerSignal };
    readonly result: null;
  };
  /** A binary message of the data channel, base64. */
  peerFrame: {
    readonly params: { readonly peerId: string; readonly frame: string };
    readonly result: null;
  };
  peerState: {
    readonly params: { readonly peerId: string; readonly state: PeerState };
    readonly result: null;
  };
  detachPeer: { readonly params: { readonly peerId: string }; readonly result: null };
}

export interface PeerEvents {
  peer: { readonly peerId: string; readonly order: PeerOrder };
}

export interface PeerStart {
  readonly isPolite: boolean;
  readonly iceServers: readonly {
    readonly urls: readonly string[];
    readonly username?: string;
    readonly credential?: string;
  }[];
}

export type PeerSignal =
  | { readonly kind: 'description'; readonly type: 'offer' | 'answer'; readonly sdp: string }
  | {
      readonly kind: 'candidate';
      readonly candidate: string;
      readonly sdpMid: string | null;
      readonly sdpMLineIndex: number | null;
    };

export type PeerState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly path: 'direct' | 'relayed' }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'failed' };

export type PeerOrder =
  | { readonly kind: 'remote'; readonly remote?: string }
  | { readonly kind: 'signal'; readonly from: string; readonly signal: PeerSignal }
  | { readonly kind: 'frame'; readonly frame: string }
  | { readonly kind: 'restart' }
  | { readonly kind: 'close'; readonly reason: 'replaced' | 'ended' };

/**
 * The rules of the data channel, the same for pages and for the terminal: negotiated, so that
 * neither side waits for the other to announce it.
 */
export const DATA_CHANNEL = { label: 'beeline', id: 0 } as const;
