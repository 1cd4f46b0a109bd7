import { chromium, type Browser } from 'playwright-core';
import { ensureBrowser } from './ensureBrowser';

/** A camera that shows a moving pattern, a microphone that beeps, and a screen. */
export const FAKE_DEVICES = '--use-fake-device-for-media-stream';
/** Answers the questions for camera and screen by itself; without it they are refused. */
export const FAKE_CONSENT = '--use-fake-ui-for-media-stream';

/** Starts a Chrome or Chromium without a window and without anything that calls home. */
export async function launchChromium(options: {
  /** What differs from one use to another; nothing here takes a check of the browser away. */
  readonly flags: readonly string[];
  readonly executablePath?: string;
  readonly log?: (line: string) => void;
}): Promise<Browser> {
  return chromium.launch({
    executablePath: options.executablePath ?? (await ensureBrowser(options.log)),
    headless: true,
    // Whoever started it ends it, in order; when this process exits, it ends too.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      // Containers run as root, where Chromium's sandbox cannot start.
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A container's /dev/shm is often 64 MB, which the workbench exceeds.
      '--disable-dev-shm-usage',
      ...options.flags,
    ],
  });
}
