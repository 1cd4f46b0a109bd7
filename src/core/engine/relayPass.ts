import { errors } from '../errors';
import type { AtsClient } from '../ats/types';
import { patiently } from './patiently';

/** Half of what a hub keeps a registered key for (keys.md: an hour). */
const AGAIN_MS = 30 * 60 * 1000;

/** Registers the key as which this process comes to the hub's blind relay, for as long as it runs. */
export class RelayPass {
  private readonly stopped = new AbortController();
  private readonly shown = new Map<string, NodeJS.Timeout>();

  constructor(private readonly client: AtsClient) {}

  show(publicKey: Buffer): void {
    const key = publicKey.toString('hex');
    if (this.shown.has(key) || this.stopped.signal.aborted) return;
    const register = (): void => {
      const { signal } = this.stopped;
      // Refused, the relay is closed to us, and other ways remain.
      patiently(() => this.client.registerRelayKey(key, signal), signal).catch(() => undefined);
    };
    this.shown.set(key, setInterval(register, AGAIN_MS));
    register();
  }

  stop(): void {
    this.stopped.abort(errors.interrupted());
    for (const timer of this.shown.values()) clearInterval(timer);
    this.shown.clear();
  }
}
