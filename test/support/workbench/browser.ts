import type { Browser } from 'playwright-core';
import { FAKE_CONSENT, FAKE_DEVICES, launchChromium } from './launchChromium';

export interface BrowserOptions {
  /** A camera and a microphone that make moving pictures and beeps, and are allowed unasked. */
  readonly fakeDevices?: boolean;
}

/** Starts a browser for the workbench. */
export async function launchBrowser(
  log?: (line: string) => void,
  { fakeDevices = false }: BrowserOptions = {},
): Promise<Browser> {
  return launchChromium({
    ...(log !== undefined && { log }),
    flags: [
      // A workbench that is answered by the driver counts as public, and may not ask loopback.
      '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets',
      ...(fakeDevices ? [FAKE_DEVICES, FAKE_CONSENT] : []),
    ],
  });
}
