import { chromium, type Browser } from 'playwright-core';
import { ensureBrowser } from './ensureBrowser';

export interface BrowserOptions {
  /** A camera and a microphone that make moving pictures and beeps, and are allowed unasked. */
  readonly fakeDevices?: boolean;
}

/** Starts a Chrome or Chromium without a window and without anything that calls home. */
export async function launchBrowser(
  log?: (line: string) => void,
  { fakeDevices = false }: BrowserOptions = {},
): Promise<Browser> {
  return chromium.launch({
    executablePath: await ensureBrowser(log),
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
      // A workbench that is answered by the driver counts as public, and may not ask loopback.
      '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets',
      ...(fakeDevices
        ? ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']
        : []),
    ],
  });
}
