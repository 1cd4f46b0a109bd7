import type { CallMediaNow } from '../../src/bridge/callPage';
import type { MediaLine } from '../peer/peerMedia';
import { captureTrouble, vanished } from './captureText';

export interface LocalSnapshot extends CallMediaNow {
  readonly microphones: readonly MediaDeviceInfo[];
  readonly cameras: readonly MediaDeviceInfo[];
  readonly microphone?: string;
  readonly camera?: string;
  /** Sentences: what is missing, and what a person can do. */
  readonly troubles: readonly string[];
  readonly preview: MediaStream | undefined;
  readonly sound: MediaStream | undefined;
}

/**
 * What this side shows of itself: microphone, camera and screen, each of which may be missing. The
 * call goes on without; what is missing is said.
 */
export class LocalMedia {
  private readonly tracks: Record<MediaLine, MediaStreamTrack | null> = {
    audio: null,
    camera: null,
    screen: null,
  };
  private readonly senders = new Map<MediaLine, RTCRtpSender>();
  private readonly troubles = new Map<MediaLine, string>();
  private devices: readonly MediaDeviceInfo[] = [];
  private isMuted = false;
  private isClosed = false;
  private isOpen = false;

  constructor(
    private readonly onChange: () => void,
    private readonly may: { readonly camera: boolean; readonly microphone: boolean },
  ) {
    navigator.mediaDevices.addEventListener('devicechange', this.onDevices);
  }

  /** Microphone, and camera if wanted. Asked together, so that the browser asks once. */
  async open(video: boolean): Promise<void> {
    if (this.isOpen) return;
    this.isOpen = true;
    const camera = video && this.may.camera;
    try {
      if (!camera || !this.may.microphone) throw new DOMException('', 'NotFoundError');
      const stream = await navigator.mediaDevices.getUserMedia({ audio: AUDIO, video: VIDEO });
      this.put('audio', stream.getAudioTracks()[0] ?? null);
      this.put('camera', stream.getVideoTracks()[0] ?? null);
    } catch (error) {
      // One of them is missing or refused: the microphone by itself then, so that one is heard. Who
      // has just said no is not asked for the camera once more.
      const isRefused = error instanceof DOMException && error.name === 'NotAllowedError';
      if (this.may.microphone) await this.capture('audio', { audio: AUDIO });
      if (camera && isRefused) this.note('camera', error);
      else if (camera) await this.capture('camera', { video: VIDEO });
    }
    await this.listDevices();
  }

  track(line: MediaLine): MediaStreamTrack | null {
    return this.tracks[line];
  }

  onSender(line: MediaLine, sender: RTCRtpSender): void {
    this.senders.set(line, sender);
  }

  async setMuted(isMuted: boolean): Promise<void> {
    this.isMuted = isMuted;
    if (!isMuted && this.tracks.audio === null) await this.capture('audio', { audio: AUDIO });
    if (this.tracks.audio) this.tracks.audio.enabled = !isMuted;
    this.onChange();
  }

  /** Off lets go of the camera, so that its light goes out. */
  async setCamera(isOn: boolean): Promise<void> {
    if (isOn) await this.capture('camera', { video: VIDEO });
    else this.put('camera', null);
  }

  async useMicrophone(deviceId: string): Promise<void> {
    await this.capture('audio', { audio: { ...AUDIO, deviceId: { exact: deviceId } } });
  }

  async useCamera(deviceId: string): Promise<void> {
    await this.capture('camera', { video: { ...VIDEO, deviceId: { exact: deviceId } } });
  }

  async share(): Promise<void> {
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: SCREEN, audio: false });
      this.troubles.delete('screen');
      this.put('screen', stream.getVideoTracks()[0] ?? null);
    } catch (error) {
      this.note('screen', error);
    }
  }

  stopSharing(): void {
    this.put('screen', null);
  }

  snapshot(): LocalSnapshot {
    const { audio, camera, screen } = this.tracks;
    const preview = screen ?? camera;
    return {
      audio: audio !== null && !this.isMuted,
      video: camera !== null,
      screen: screen !== null,
      microphones: this.devices.filter(({ kind }) => kind === 'audioinput'),
      cameras: this.devices.filter(({ kind }) => kind === 'videoinput'),
      ...deviceOf('microphone', audio),
      ...deviceOf('camera', camera),
      troubles: [...this.troubles.values()],
      preview: this.stream('preview', preview),
      sound: this.stream('sound', audio),
    };
  }

  /** Lets go of every device. */
  close(): void {
    this.isClosed = true;
    navigator.mediaDevices.removeEventListener('devicechange', this.onDevices);
    for (const track of Object.values(this.tracks)) release(track);
    this.senders.clear();
  }

  private async capture(
    line: 'audio' | 'camera',
    constraints: MediaStreamConstraints,
  ): Promise<void> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia(constraints);
      this.troubles.delete(line);
      this.put(line, stream.getTracks()[0] ?? null);
    } catch (error) {
      this.note(line, error);
    }
  }

  private put(line: MediaLine, track: MediaStreamTrack | null): void {
    if (this.isClosed) {
      // It was asked for before the call ended.
      release(track);
      return;
    }
    release(this.tracks[line]);
    this.tracks[line] = track;
    if (track !== null) {
      if (line === 'audio') track.enabled = !this.isMuted;
      if (line === 'screen') track.contentHint = 'detail';
      // The device vanished, its permission was taken back, or the browser's bar stopped the screen.
      track.onended = () => {
        if (this.tracks[line] !== track) return;
        if (line !== 'screen') this.troubles.set(line, vanished(line));
        this.put(line, null);
        this.onDevices();
      };
    }
    // A connection that is closed already has no use for it.
    this.senders
      .get(line)
      ?.replaceTrack(track)
      .catch(() => undefined);
    this.onChange();
  }

  private note(line: MediaLine, error: unknown): void {
    if (this.isClosed) return;
    const sentence = captureTrouble(line, error);
    if (sentence !== undefined) this.troubles.set(line, sentence);
    this.onChange();
  }

  private readonly onDevices = (): void => {
    void this.listDevices();
  };

  private async listDevices(): Promise<void> {
    this.devices = await navigator.mediaDevices.enumerateDevices();
    if (!this.isClosed) this.onChange();
  }

  /** The same object as long as its track is the same: a new one would make the picture flash. */
  private readonly streams = new Map<string, MediaStream>();
  private stream(name: string, track: MediaStreamTrack | null): MediaStream | undefined {
    if (track === null) {
      this.streams.delete(name);
      return undefined;
    }
    const known = this.streams.get(name);
    if (known?.getTracks()[0] === track) return known;
    const made = new MediaStream([track]);
    this.streams.set(name, made);
    return made;
  }
}

const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true } as const;
const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { max: 30 } } as const;
/** Text stays sharp at few frames a second, which costs less than a film of it. */
const SCREEN = { frameRate: { max: 15 } } as const;

function release(track: MediaStreamTrack | null): void {
  if (track === null) return;
  track.onended = null;
  track.stop();
}

function deviceOf<Name extends 'microphone' | 'camera'>(
  name: Name,
  track: MediaStreamTrack | null,
): Partial<Record<Name, string>> {
  const deviceId = track?.getSettings().deviceId;
  return deviceId === undefined ? {} : ({ [name]: deviceId } as Partial<Record<Name, string>>);
}
