import type { PeerState } from '../../src/bridge/peerMessages';
import { Peer, type PeerHost } from './peer';

/** Another window may hold the chat's connection; asked again after this, in case it has closed. */
const RETRY_MS = 5000;

/**
 * Keeps a chat's data channel up as long as the page is there: attached again when its session is
 * over or another window has let go. Returns what ends it.
 */
export function keepPeer(host: PeerHost, onState?: (state: PeerState) => void): () => void {
  let peer: Peer | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;

  const again = (): void => {
    peer = undefined;
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(() => void attach(), RETRY_MS);
  };
  const attach = async (): Promise<void> => {
    try {
      const attached = await Peer.attach(host, {
        to: 'chat',
        onClose: again,
        ...(onState && { onState }),
      });
      if (isOver) attached.close();
      else peer = attached;
    } catch {
      again();
    }
  };
  void attach();

  return () => {
    isOver = true;
    clearTimeout(timer);
    peer?.close();
  };
}
