import type { Page } from 'playwright-core';

/**
 * Run by Chromium, so that when something happened is told by the page that saw it. Times are those
 * of the machine's clock, in milliseconds, since they are compared between pages.
 */

interface Watched {
  /** Of all connections of this page. */
  beelineFirstFrame: Promise<number>;
  beelineClick: Promise<number>;
  /** When this track of the other side had its first frame, which it has once one was decoded. */
  beelineDecoded: (track: MediaStreamTrack) => Promise<number>;
  /** Chromium's, and in no list of the browsers' own. */
  MediaStreamTrackProcessor: new (options: { readonly track: MediaStreamTrack }) => {
    readonly readable: ReadableStream<VideoFrame>;
  };
}

/** Must be called before the page is loaded. */
export async function watchFirstFrame(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const global = window as unknown as Watched;
    global.beelineDecoded = async (track) => {
      const reader = new global.MediaStreamTrackProcessor({ track }).readable.getReader();
      const { value } = await reader.read();
      const at = Date.now();
      value?.close();
      await reader.cancel();
      // One that ended without a frame has none.
      return value === undefined ? new Promise<never>(() => undefined) : at;
    };
    let seen: (at: number) => void = () => undefined;
    global.beelineFirstFrame = new Promise((resolve) => {
      seen = resolve;
    });
    const Original = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Original {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        this.addEventListener('track', ({ track }) => {
          if (track.kind === 'video') void global.beelineDecoded(track).then(seen);
        });
      }
    };
    global.beelineClick = new Promise((resolve) => {
      const clicked = (): void => {
        resolve(Date.now());
      };
      window.addEventListener('click', clicked, { capture: true, once: true });
    });
  });
}

export function firstFrame(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as Watched).beelineFirstFrame);
}

export function click(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as Watched).beelineClick);
}

/** What the call's page asks for, so that both have the same picture to carry. */
const CAPTURED: MediaStreamConstraints = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { max: 30 } },
};

/**
 * Two connections in one page that show each other a camera, with nothing between them. The clock
 * runs from when the second one opens its camera until both have decoded a frame.
 * @param page one that is watched
 */
export async function bareCall(page: Page): Promise<number> {
  return page.evaluate(async (captured) => {
    const { mediaDevices } = navigator;
    const first = await mediaDevices.getUserMedia(captured);
    const start = Date.now();
    const second = await mediaDevices.getUserMedia(captured);
    const [caller, callee] = [new RTCPeerConnection(), new RTCPeerConnection()];
    const { beelineDecoded } = window as unknown as Watched;
    const decoded = (connection: RTCPeerConnection): Promise<number> =>
      new Promise((resolve) => {
        connection.ontrack = ({ track }) => {
          if (track.kind === 'video') void beelineDecoded(track).then(resolve);
        };
      });
    const both = Promise.all([decoded(caller), decoded(callee)]);
    caller.onicecandidate = ({ candidate }) => void callee.addIceCandidate(candidate ?? undefined);
    callee.onicecandidate = ({ candidate }) => void caller.addIceCandidate(candidate ?? undefined);
    for (const track of first.getTracks()) caller.addTrack(track, first);
    await caller.setLocalDescription();
    await callee.setRemoteDescription(caller.localDescription ?? { type: 'offer' });
    for (const track of second.getTracks()) callee.addTrack(track, second);
    await callee.setLocalDescription();
    await caller.setRemoteDescription(callee.localDescription ?? { type: 'answer' });
    const end = Math.max(...(await both));
    caller.close();
    callee.close();
    for (const track of [...first.getTracks(), ...second.getTracks()]) track.stop();
    return end - start;
  }, CAPTURED);
}
