import type { PeerEvents, PeerOrder, PeerState } from '../../../src/bridge/peerMessages';
import { Peer, type PeerHost } from '../../../webview/peer/peer';
import { base64Of, bytesOf } from '../../../webview/base64';

/**
 * Two peers in one page, whose hosts hand each other's signals over, as two cores would. Runs in the
 * browser; the test drives it.
 */
class Side {
  readonly states: PeerState[] = [];
  readonly frames: string[] = [];
  readonly offers: string[] = [];
  closed: string | undefined;
  peer: Peer | undefined;
  other: Side | undefined;
  private readonly listeners = new Set<(data: PeerEvents['peer']) => void>();
  /** Held back while it is set, as a slow service would. */
  held: PeerOrder[] | undefined;

  constructor(private readonly isPolite: boolean) {}

  readonly host: PeerHost = {
    ask: (method, params) => {
      const said = params as unknown as {
        signal: { kind: string; type?: string };
        frame: string;
        state: PeerState;
      };
      if (method === 'attachPeer') {
        return Promise.resolve({ isPolite: this.isPolite, iceServers: [] } as never);
      }
      if (method === 'peerSignal') {
        if (said.signal.type === 'offer') this.offers.push(said.signal.kind);
        const order = { kind: 'signal', from: this.peer?.peerId ?? '', signal: said.signal };
        this.other?.tell(order as PeerOrder);
      }
      if (method === 'peerFrame') this.frames.push(said.frame);
      if (method === 'peerState') this.states.push(said.state);
      return Promise.resolve(null as never);
    },
    on: (_name, listener) => {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    },
  };

  async attach(): Promise<void> {
    this.peer = await Peer.attach(this.host, {
      to: 'chat',
      onClose: (reason) => {
        this.closed = reason;
      },
    });
  }

  tell(order: PeerOrder): void {
    if (this.held !== undefined) {
      this.held.push(order);
      return;
    }
    this.tellNow(order);
  }

  /** Passes what is held back. */
  tellNow(order: PeerOrder): void {
    const peerId = this.peer?.peerId ?? '';
    for (const listener of [...this.listeners]) listener({ peerId, order });
  }

  release(): void {
    const { held = [] } = this;
    this.held = undefined;
    for (const order of held) this.tell(order);
  }

  meet(): void {
    const remote = this.other?.peer?.peerId;
    this.tell({ kind: 'remote', ...(remote !== undefined && { remote }) });
  }

  send(text: string): void {
    this.tell({ kind: 'frame', frame: base64Of(new TextEncoder().encode(text)) });
  }

  heard(): string[] {
    return this.frames.map((frame) => new TextDecoder().decode(bytesOf(frame)));
  }
}

const polite = new Side(true);
const impolite = new Side(false);
polite.other = impolite;
impolite.other = polite;
Object.assign(window, { polite, impolite });

export interface JoinedPeers {
  readonly polite: Side;
  readonly impolite: Side;
}
