import {
  DATA_CHANNEL,
  type PeerSignal,
  type PeerStart,
  type PeerState,
} from '../../src/bridge/peerMessages';
import { connectionPath } from './connectionPath';
import { FrameChannel } from './frameChannel';
import { MediaLines } from './mediaLines';
import type { PeerMedia } from './peerMedia';

export interface ConnectionParts {
  readonly media?: PeerMedia;
  onSignal(signal: PeerSignal): void;
  onFrame(bytes: Uint8Array): void;
  onState(state: PeerState): void;
}

/** A connection that failed is tried anew no more often than this, however fast it fails. */
const RESTART_MS = 2000;

/**
 * One RTCPeerConnection to one peer of the other side, negotiated as in the W3C's example of perfect
 * negotiation (WebRTC 1.0, section 10.7). One rule is added: the polite side makes no first offer,
 * so there is nothing to give way about in the beginning, and the offering side orders the media.
 */
export class Connection {
  readonly rtc: RTCPeerConnection;
  private readonly channel: FrameChannel;
  private readonly lines: MediaLines | undefined;
  private readonly isPolite: boolean;
  private isMakingOffer = false;
  private ignoresOffer = false;
  private isSettingAnswer = false;
  private isClosed = false;
  /** Signals are heard one after the other: a candidate waits for its description. */
  private hearing: Promise<void> = Promise.resolve();
  private restarting: ReturnType<typeof setTimeout> | undefined;
  private said = '';

  constructor(
    readonly remote: string,
    start: PeerStart,
    private readonly parts: ConnectionParts,
  ) {
    this.isPolite = start.isPolite;
    this.rtc = new RTCPeerConnection({
      iceServers: start.iceServers.map(({ urls, ...login }) => ({ urls: [...urls], ...login })),
    });
    this.rtc.onnegotiationneeded = () => void this.offer();
    this.rtc.onicecandidate = ({ candidate }) => {
      // An empty one only says that there are no more, which the connection finds out by itself.
      if (candidate === null || candidate.candidate === '') return;
      const { sdpMid, sdpMLineIndex } = candidate;
      parts.onSignal({
        kind: 'candidate',
        candidate: candidate.candidate,
        sdpMid,
        sdpMLineIndex,
      });
    };
    this.rtc.onconnectionstatechange = () => {
      this.onChange();
    };
    this.channel = new FrameChannel(
      this.rtc.createDataChannel(DATA_CHANNEL.label, { negotiated: true, id: DATA_CHANNEL.id }),
      {
        onOpen: () => {
          this.watchPath();
          this.onChange();
        },
        onFrame: (bytes) => {
          parts.onFrame(bytes);
        },
      },
    );
    this.lines = parts.media && new MediaLines(this.rtc, parts.media);
    if (!this.isPolite) this.lines?.propose();
    this.tell({ kind: 'connecting' });
  }

  hear(signal: PeerSignal): void {
    this.hearing = this.hearing.then(async () => {
      if (this.isClosed) return;
      try {
        await (signal.kind === 'description' ? this.describe(signal) : this.candidate(signal));
      } catch {
        // A description that does not fit the state of things is as if it had not been said: what
        // is right comes again with the next offer.
      }
    });
  }

  /** Dropped when the channel is not open or too full: core sends again what is not confirmed. */
  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.channel.send(bytes);
  }

  restartIce(): void {
    if (this.isClosed || this.rtc.remoteDescription === null) return;
    this.rtc.restartIce();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.restarting);
    this.rtc.onnegotiationneeded = null;
    this.rtc.onicecandidate = null;
    this.rtc.onconnectionstatechange = null;
    this.channel.close();
    this.rtc.close();
  }

  private async offer(): Promise<void> {
    if (this.isPolite && this.rtc.remoteDescription === null) return;
    try {
      this.isMakingOffer = true;
      await this.rtc.setLocalDescription();
      this.describeSelf();
    } catch {
      // The other side's offer came first, and needs an answer instead.
    } finally {
      this.isMakingOffer = false;
    }
  }

  private async describe(signal: Extract<PeerSignal, { kind: 'description' }>): Promise<void> {
    const isReady =
      !this.isMakingOffer && (this.rtc.signalingState === 'stable' || this.isSettingAnswer);
    const collides = signal.type === 'offer' && !isReady;
    this.ignoresOffer = !this.isPolite && collides;
    if (this.ignoresOffer) return;
    this.isSettingAnswer = signal.type === 'answer';
    try {
      await this.rtc.setRemoteDescription({ type: signal.type, sdp: signal.sdp });
    } finally {
      this.isSettingAnswer = false;
    }
    if (signal.type !== 'offer') return;
    await this.lines?.agree();
    await this.rtc.setLocalDescription();
    this.describeSelf();
  }

  private async candidate(signal: Extract<PeerSignal, { kind: 'candidate' }>): Promise<void> {
    const { candidate, sdpMid, sdpMLineIndex } = signal;
    try {
      await this.rtc.addIceCandidate({ candidate, sdpMid, sdpMLineIndex });
    } catch (error) {
      // Those of an offer that was ignored belong to nothing.
      if (!this.ignoresOffer) throw error;
    }
  }

  private describeSelf(): void {
    const description = this.rtc.localDescription;
    if (this.isClosed || (description?.type !== 'offer' && description?.type !== 'answer')) return;
    const { type, sdp } = description;
    this.parts.onSignal({ kind: 'description', type, sdp });
  }

  private watchPath(): void {
    const ice = this.rtc.sctp?.transport.iceTransport;
    if (ice) {
      ice.onselectedcandidatepairchange = () => {
        this.onChange();
      };
    }
  }

  private onChange(): void {
    if (this.isClosed) return;
    switch (this.rtc.connectionState) {
      case 'connected':
        if (this.channel.isOpen) void this.tellPath();
        return;
      case 'disconnected':
        this.tell({ kind: 'disconnected' });
        return;
      case 'failed':
        this.tell({ kind: 'failed' });
        clearTimeout(this.restarting);
        this.restarting = setTimeout(() => {
          this.restartIce();
        }, RESTART_MS);
        return;
      case 'connecting':
        this.tell({ kind: 'connecting' });
        return;
      case 'new':
      case 'closed':
        return;
    }
  }

  private async tellPath(): Promise<void> {
    const path = await connectionPath(this.rtc);
    if (this.isClosed || this.rtc.connectionState !== 'connected') return;
    this.tell({ kind: 'connected', path: path ?? 'direct' });
  }

  /** The same state is told once. */
  private tell(state: PeerState): void {
    const words = JSON.stringify(state);
    if (words === this.said) return;
    this.said = words;
    this.parts.onState(state);
  }
}
