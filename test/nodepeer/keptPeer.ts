import { keepPeer } from '../../webview/peer/keepPeer';
import type { PeerHost } from '../../webview/peer/peer';
import type { PeerEvents } from '../../src/bridge/peerMessages';

declare global {
  interface Window {
    beelineAsk(method: string, params: unknown): Promise<never>;
    beelineTell(data: PeerEvents['peer']): void;
  }
}

/** What a panel does for its chat's connection, and nothing of what it shows. */
const listeners = new Set<(data: PeerEvents['peer']) => void>();
window.beelineTell = (data) => {
  for (const listener of [...listeners]) listener(data);
};
const host: PeerHost = {
  ask: (method, params) => window.beelineAsk(method, params),
  on: (_name, listener) => {
    const own = listener;
    listeners.add(own);
    return () => listeners.delete(own);
  },
};
keepPeer(host);
