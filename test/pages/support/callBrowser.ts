import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { FAKE_CONSENT, FAKE_DEVICES, launchChromium } from '../../support/workbench/launchChromium';

/** A browser for pages of ours, with a camera, a microphone and a screen, and with all its checks. */
export async function launchCallBrowser(
  options: { readonly allows?: boolean; readonly executablePath?: string } = {},
): Promise<Browser> {
  const { allows = true, executablePath } = options;
  return launchChromium({
    ...(executablePath !== undefined && { executablePath }),
    flags: allows ? [FAKE_DEVICES, FAKE_CONSENT] : [FAKE_DEVICES],
  });
}

/** Remembers the page's peer connections, so that a test can ask them what came. */
export async function watchConnections(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const all: RTCPeerConnection[] = [];
    const Original = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Original {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        all.push(this);
      }
    };
    Object.assign(window, { beelineConnections: all });
  });
}

/** Pictures of the other side that this page has decoded, in all its connections. */
export async function framesDecoded(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { beelineConnections } = window as unknown as {
      beelineConnections: RTCPeerConnection[];
    };
    let frames = 0;
    for (const connection of beelineConnections) {
      if (connection.connectionState === 'closed') continue;
      for (const entry of (await connection.getStats()).values() as Iterable<RTCStats>) {
        if (entry.type !== 'inbound-rtp') continue;
        frames += (entry as RTCInboundRtpStreamStats).framesDecoded ?? 0;
      }
    }
    return frames;
  });
}

/** What a video shows just now, as a sample of its pixels; empty while it shows nothing. */
export async function pixels(page: Page, selector: string): Promise<string> {
  return page.evaluate((query) => {
    const video = document.querySelector<HTMLVideoElement>(query);
    if (video === null || video.videoWidth === 0) return '';
    const canvas = document.createElement('canvas');
    canvas.width = 64;
    canvas.height = 36;
    const drawing = canvas.getContext('2d');
    drawing?.drawImage(video, 0, 0, 64, 36);
    return Array.from(drawing?.getImageData(0, 0, 64, 36).data ?? []).join(',');
  }, selector);
}

/** Waits until this is true. */
export async function eventually(
  what: string,
  find: () => Promise<boolean>,
  patienceMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await find())) {
    if (performance.now() > deadline) throw new Error(`waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Where pictures of pages are kept for people to look at: `BEELINE_SHOTS`, or nowhere. */
export async function look(page: Page, name: string): Promise<void> {
  const folder = process.env['BEELINE_SHOTS'];
  if (folder !== undefined) await page.screenshot({ path: path.join(folder, `${name}.png`) });
}
