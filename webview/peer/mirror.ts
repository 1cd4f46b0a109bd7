import type { PeerSignal } from '../../src/bridge/peerMessages';
import { randomId } from '../randomId';

/**
 * Between two of our own pages on one machine: the page in the browser, which holds the call, shows
 * the other side's picture to the panel, which may not capture but may receive. No sound, so that
 * nothing is heard twice, and no servers, because both are on this machine.
 */
export type MirrorWord =
  | { readonly kind: 'want'; readonly mirrorId: string }
  | { readonly kind: 'stop'; readonly mirrorId: string }
  | { readonly kind: 'signal'; readonly mirrorId: string; readonly signal: PeerSignal };

type Say = (word: MirrorWord) => void;

/** The panel's end. */
export class MirrorView {
  private readonly mirrorId = randomId();
  private readonly rtc = new RTCPeerConnection();
  private readonly ordered = inOrder();

  constructor(
    private readonly say: Say,
    onStream: (stream: MediaStream) => void,
  ) {
    relayCandidates(this.rtc, this.mirrorId, say);
    this.rtc.ontrack = ({ track }) => {
      onStream(new MediaStream([track]));
    };
    this.ask();
  }

  /** Also again, when the page in the browser was not there yet. */
  ask(): void {
    this.say({ kind: 'want', mirrorId: this.mirrorId });
  }

  hear(word: MirrorWord): void {
    if (word.mirrorId !== this.mirrorId || word.kind !== 'signal') return;
    const { signal } = word;
    this.ordered(async () => {
      if (signal.kind === 'candidate') await this.rtc.addIceCandidate(signal);
      else {
        await this.rtc.setRemoteDescription(signal);
        await this.rtc.setLocalDescription();
        describe(this.rtc, this.mirrorId, this.say);
      }
    });
  }

  close(): void {
    this.rtc.close();
    this.say({ kind: 'stop', mirrorId: this.mirrorId });
  }
}

/** A panel, and another window's: more than these are not ours. */
const MAX_VIEWS = 4;

/** The end of the page in the browser. */
export class MirrorSource {
  private readonly views = new Map<string, View>();
  private track: MediaStreamTrack | null = null;

  constructor(private readonly say: Say) {}

  /** What is shown from now on. */
  show(track: MediaStreamTrack | null): void {
    if (track === this.track) return;
    this.track = track;
    for (const { sender } of this.views.values()) void sender.replaceTrack(track);
  }

  hear(word: MirrorWord): void {
    const view = this.views.get(word.mirrorId);
    switch (word.kind) {
      case 'want':
        if (view === undefined && this.views.size < MAX_VIEWS) this.begin(word.mirrorId);
        return;
      case 'stop':
        view?.rtc.close();
        this.views.delete(word.mirrorId);
        return;
      case 'signal': {
        const { signal } = word;
        view?.ordered(async () => {
          if (signal.kind === 'candidate') await view.rtc.addIceCandidate(signal);
          else await view.rtc.setRemoteDescription(signal);
        });
      }
    }
  }

  close(): void {
    for (const { rtc } of this.views.values()) rtc.close();
    this.views.clear();
  }

  private begin(mirrorId: string): void {
    const rtc = new RTCPeerConnection();
    relayCandidates(rtc, mirrorId, this.say);
    const { sender } = rtc.addTransceiver(this.track ?? 'video', { direction: 'sendonly' });
    const view: View = { rtc, sender, ordered: inOrder() };
    this.views.set(mirrorId, view);
    view.ordered(async () => {
      await rtc.setLocalDescription();
      describe(rtc, mirrorId, this.say);
    });
  }
}

interface View {
  readonly rtc: RTCPeerConnection;
  readonly sender: RTCRtpSender;
  readonly ordered: (step: () => Promise<void>) => void;
}

/** One step after the other; what fails belongs to a connection that was closed meanwhile. */
function inOrder(): (step: () => Promise<void>) => void {
  let last: Promise<void> = Promise.resolve();
  return (step) => {
    last = last.then(step).catch(() => undefined);
  };
}

function relayCandidates(rtc: RTCPeerConnection, mirrorId: string, say: Say): void {
  rtc.onicecandidate = ({ candidate }) => {
    if (candidate === null || candidate.candidate === '') return;
    const { sdpMid, sdpMLineIndex } = candidate;
    const signal = {
      kind: 'candidate',
      candidate: candidate.candidate,
      sdpMid,
      sdpMLineIndex,
    } as const;
    say({ kind: 'signal', mirrorId, signal });
  };
}

function describe(rtc: RTCPeerConnection, mirrorId: string, say: Say): void {
  const description = rtc.localDescription;
  if (description?.type !== 'offer' && description?.type !== 'answer') return;
  const { type, sdp } = description;
  say({ kind: 'signal', mirrorId, signal: { kind: 'description', type, sdp } });
}
