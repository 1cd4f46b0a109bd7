import type { PeerEvents, PeerRequests } from './peerMessages';

/** The call: asked by the page that shows or captures it. */
export interface CallRequests extends PeerRequests {
  /** Everything; asked first, and again whenever the page becomes visible. */
  callReady: { readonly params: CallPageAbility; readonly result: CallPageState };
  /** Accepts the call that rings, with these. */
  acceptCall: { readonly params: { readonly video: boolean }; readonly result: null };
  declineCall: { readonly params: Record<string, never>; readonly result: null };
  hangUp: { readonly params: Record<string, never>; readonly result: null };
  /** What this side shows now, for the other side to say. */
  tellMedia: { readonly params: CallMediaNow; readonly result: null };
  /**
   * The panel of an editor that lets it capture nothing: opens the page in the browser once more. For
   * the click that began or accepted the call it opens by itself.
   */
  openInBrowser: { readonly params: Record<string, never>; readonly result: null };
  /**
   * A second connection on this machine, by which a page that holds the call shows the other side's
   * picture to the panel: passed on to whoever is at the other end of it.
   */
  mirrorSignal: { readonly params: { readonly signal: unknown }; readonly result: null };
}

export interface CallEvents extends PeerEvents {
  call: CallPageState;
  mirrorSignal: { readonly signal: unknown };
  /** Who answers is another one than before, and knows nothing of this page: ask `callReady` again. */
  reload: Record<string, never>;
}

/** What the page's own document may do: asked of it (`allowsFeature`), never guessed. */
export interface CallPageAbility {
  readonly camera: boolean;
  readonly microphone: boolean;
  readonly screen: boolean;
}

export interface CallMediaNow {
  readonly audio: boolean;
  readonly video: boolean;
  readonly screen: boolean;
}

export interface CallPageState {
  readonly agentName: string;
  /** The call, or none (any more). */
  readonly call?: {
    readonly callId: string;
    readonly direction: 'out' | 'in';
    readonly state:
      | { readonly kind: 'ringing'; readonly expiresAt: string }
      | { readonly kind: 'connecting' }
      | { readonly kind: 'connected'; readonly path: 'direct' | 'relayed' }
      | { readonly kind: 'reconnecting'; readonly since: string }
      | {
          readonly kind: 'ended';
          readonly reason: string;
          readonly durationMs: number;
          readonly error?: { readonly code: string; readonly message: string };
        };
    /** Begin with the camera on. */
    readonly video: boolean;
    readonly remote?: CallMediaNow;
    readonly answeredAt?: string;
    /** Who holds the peer connection: this page, the browser's page, or another window. */
    readonly holder: 'here' | 'browser' | 'elsewhere' | 'nobody';
  };
  /** Whether incoming calls make a sound. */
  readonly ringSound: boolean;
}
