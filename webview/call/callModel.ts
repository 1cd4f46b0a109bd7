import type { CallEvents, CallPageState, CallRequests } from '../../src/bridge/callPage';
import type { Host } from '../host';
import { HostError, sentenceOf } from '../hostError';
import { MirrorSource, MirrorView, type MirrorWord } from '../peer/mirror';
import { Peer } from '../peer/peer';
import type { MediaLine } from '../peer/peerMedia';
import { readStats, type CallStats } from './callStats';
import { LocalMedia, type LocalSnapshot } from './localMedia';
import { pageAbility } from './pageAbility';

export type CallHost = Host<CallRequests, CallEvents>;

/** Everything that a call's view draws. */
export interface CallSnapshot {
  readonly page: CallPageState | undefined;
  /** This page may capture a microphone at least. */
  readonly canCapture: boolean;
  readonly canShare: boolean;
  readonly canFilm: boolean;
  readonly local: LocalSnapshot | undefined;
  readonly picture: MediaStream | undefined;
  readonly screen: MediaStream | undefined;
  readonly sound: MediaStream | undefined;
  /** The other side's picture, from the page in the browser that holds the call. */
  readonly mirror: MediaStream | undefined;
  readonly stats: CallStats | undefined;
  /** A sentence about what was asked last and did not work. */
  readonly trouble: string | undefined;
}

const STATS_MS = 1000;
/** The page in the browser may still be loading when its picture is first asked for. */
const MIRROR_MS = 1500;

/** The call of one page: what it is told, what it captures, and its connection if it holds it. */
export class CallModel {
  readonly ability = pageAbility();
  private readonly listeners = new Set<() => void>();
  private page: CallPageState | undefined;
  private callId: string | undefined;
  private local: LocalMedia | undefined;
  private peer: Peer | undefined;
  private attaching = false;
  private source: MirrorSource | undefined;
  private view: MirrorView | undefined;
  private viewTimer: ReturnType<typeof setInterval> | undefined;
  private mirror: MediaStream | undefined;
  private readonly received = new Map<MediaLine, MediaStream>();
  private stats: CallStats | undefined;
  private trouble: string | undefined;
  private told = '';
  private wantsVideo: boolean | undefined;
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly stops: (() => void)[];
  private last: CallSnapshot | undefined;

  constructor(private readonly host: CallHost) {
    this.stops = [
      host.on('call', (page) => {
        this.take(page);
      }),
      host.on('mirrorSignal', ({ signal }) => {
        // Only our own pages are at the other end; the host has looked at its shape.
        this.source?.hear(signal as MirrorWord);
        this.view?.hear(signal as MirrorWord);
      }),
      host.on('reload', () => {
        this.refresh();
      }),
    ];
    document.addEventListener('visibilitychange', this.onVisible);
    this.timer = setInterval(() => void this.measure(), STATS_MS);
    this.refresh();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The same object until something changes. */
  get snapshot(): CallSnapshot {
    this.last ??= {
      page: this.page,
      canCapture: this.ability.microphone,
      canShare: this.ability.screen,
      canFilm: this.ability.camera,
      local: this.local?.snapshot(),
      picture: this.received.get('camera'),
      screen: this.received.get('screen'),
      sound: this.received.get('audio'),
      mirror: this.mirror,
      stats: this.stats,
      trouble: this.trouble,
    };
    return this.last;
  }

  accept(video: boolean): void {
    this.wantsVideo = video;
    this.run(async () => {
      if (this.ability.microphone) void this.media().open(video);
      await this.host.ask('acceptCall', { video });
    });
  }

  decline(): void {
    this.run(() => this.host.ask('declineCall', {}));
  }

  hangUp(): void {
    this.run(() => this.host.ask('hangUp', {}));
  }

  openInBrowser(): void {
    this.run(() => this.host.ask('openInBrowser', {}));
  }

  /** From the window that has it. */
  takeOver(): void {
    this.run(() => this.attach(true));
  }

  setMuted(isMuted: boolean): void {
    void this.local?.setMuted(isMuted);
  }

  setCamera(isOn: boolean): void {
    void this.local?.setCamera(isOn);
  }

  setSharing(isOn: boolean): void {
    if (isOn) void this.local?.share();
    else this.local?.stopSharing();
  }

  useMicrophone(deviceId: string): void {
    void this.local?.useMicrophone(deviceId);
  }

  useCamera(deviceId: string): void {
    void this.local?.useCamera(deviceId);
  }

  /** An ended call was looked at. */
  dismiss(): void {
    if (this.page === undefined) return;
    const { call, ...rest } = this.page;
    if (call?.state.kind === 'ended') this.page = rest;
    this.change();
  }

  close(): void {
    for (const stop of this.stops) stop();
    document.removeEventListener('visibilitychange', this.onVisible);
    clearInterval(this.timer);
    this.release();
    this.listeners.clear();
  }

  private readonly onVisible = (): void => {
    if (document.visibilityState === 'visible') this.refresh();
  };

  private refresh(): void {
    this.run(async () => {
      this.take(await this.host.ask('callReady', this.ability));
    });
  }

  private take(page: CallPageState): void {
    const { call } = page;
    // How the last one ended stays until it was looked at.
    const isShownEnd = this.page?.call?.state.kind === 'ended' && call === undefined;
    this.page = isShownEnd ? { ...page, ...(this.page?.call && { call: this.page.call }) } : page;
    if (call?.callId !== this.callId) {
      this.release();
      this.callId = call?.callId;
      this.trouble = undefined;
    }
    if (call === undefined || call.state.kind === 'ended') this.release();
    else this.follow(call);
    this.change();
  }

  private follow(call: NonNullable<CallPageState['call']>): void {
    const isFree = call.holder === 'nobody' || call.holder === 'here';
    const isRingingIn = call.state.kind === 'ringing' && call.direction === 'in';
    const isUp = call.state.kind !== 'ringing';
    if (this.ability.microphone && isFree && !isRingingIn) {
      void this.media().open(this.wantsVideo ?? call.video);
      if (isUp && call.holder === 'nobody') this.run(() => this.attach(false));
    }
    if (isUp && call.holder === 'browser') this.watch();
    else this.unwatch();
    this.tellMedia();
  }

  private async attach(takeOver: boolean): Promise<void> {
    if (this.peer !== undefined || this.attaching) return;
    this.attaching = true;
    const { callId } = this;
    try {
      const local = this.media();
      const peer = await Peer.attach(this.host, {
        to: 'call',
        takeOver,
        media: {
          track: (line) => local.track(line),
          onSender: (line, sender) => {
            local.onSender(line, sender);
          },
          onTrack: (line, track) => {
            this.onTrack(line, track);
          },
        },
        onClose: () => {
          this.peer = undefined;
          this.received.clear();
          this.change();
          this.refresh();
        },
      });
      if (callId !== this.callId) peer.close();
      else {
        this.peer = peer;
        this.source = new MirrorSource((signal) => {
          this.sayMirror(signal);
        });
        void local.open(this.wantsVideo ?? this.page?.call?.video ?? false);
      }
    } catch (error) {
      // Another page was faster, and the next that is told says so.
      if (takeOver || codeOf(error) !== 'PEER_TAKEN') throw error;
    } finally {
      this.attaching = false;
    }
    this.told = '';
    this.tellMedia();
  }

  private onTrack(line: MediaLine, track: MediaStreamTrack): void {
    this.received.set(line, new MediaStream([track]));
    this.showMirror();
    this.change();
  }

  private media(): LocalMedia {
    this.local ??= new LocalMedia(() => {
      this.tellMedia();
      this.change();
    }, this.ability);
    return this.local;
  }

  /** The other side says what it does not see or hear; told whenever it changes. */
  private tellMedia(): void {
    if (this.local === undefined || this.peer === undefined) return;
    const { audio, video, screen } = this.local.snapshot();
    const words = JSON.stringify({ audio, video, screen });
    if (words === this.told) return;
    this.told = words;
    this.host.ask('tellMedia', { audio, video, screen }).catch(() => {
      this.told = '';
    });
  }

  private watch(): void {
    if (this.view !== undefined) return;
    const view = new MirrorView(
      (word) => {
        this.sayMirror(word);
      },
      (stream) => {
        this.mirror = stream;
        clearInterval(this.viewTimer);
        this.change();
      },
    );
    this.view = view;
    this.viewTimer = setInterval(() => {
      view.ask();
    }, MIRROR_MS);
  }

  private unwatch(): void {
    clearInterval(this.viewTimer);
    this.view?.close();
    this.view = undefined;
    this.mirror = undefined;
  }

  /** A screen is what one wants to see, when there is one. */
  private showMirror(): void {
    const line = this.page?.call?.remote?.screen === true ? 'screen' : 'camera';
    this.source?.show(this.received.get(line)?.getTracks()[0] ?? null);
  }

  private sayMirror(signal: MirrorWord): void {
    this.host.ask('mirrorSignal', { signal }).catch(() => undefined);
  }

  private async measure(): Promise<void> {
    const rtc = this.peer?.current;
    if (rtc === undefined) {
      if (this.stats !== undefined) this.change();
      this.stats = undefined;
      return;
    }
    this.stats = await readStats(rtc, this.stats);
    this.change();
  }

  private release(): void {
    this.peer?.close();
    this.peer = undefined;
    this.local?.close();
    this.local = undefined;
    this.source?.close();
    this.source = undefined;
    this.unwatch();
    this.received.clear();
    this.stats = undefined;
    this.told = '';
    this.wantsVideo = undefined;
  }

  private run(act: () => Promise<unknown>): void {
    this.trouble = undefined;
    act().catch((error: unknown) => {
      this.trouble = sentenceOf(error);
      this.change();
    });
  }

  private change(): void {
    this.last = undefined;
    this.showMirror();
    for (const listener of [...this.listeners]) listener();
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof HostError ? error.code : undefined;
}
