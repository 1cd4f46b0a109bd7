import type {
  PeerEvents,
  PeerOrder,
  PeerRequests,
  PeerStart,
  PeerState,
} from '../../src/bridge/peerMessages';
import { base64Of, bytesOf } from '../base64';
import { randomId } from '../randomId';
import { Connection } from './connection';
import type { PeerMedia } from './peerMedia';

/** What a peer needs of the seam between page and host. */
export interface PeerHost {
  ask<Method extends keyof PeerRequests>(
    method: Method,
    params: PeerRequests[Method]['params'],
  ): Promise<PeerRequests[Method]['result']>;
  on<Name extends keyof PeerEvents>(
    name: Name,
    listener: (data: PeerEvents[Name]) => void,
  ): () => void;
}

export interface PeerOptions {
  readonly to: 'chat' | 'call';
  /** Takes the session's connection from another window that holds it. */
  readonly takeOver?: boolean;
  /** What is sent and shown; absent for chats, which are a data channel only. */
  readonly media?: PeerMedia;
  onState?(state: PeerState): void;
  /** Core let it go: it was replaced by another window's, or the session is over. */
  onClose?(reason: 'replaced' | 'ended'): void;
}

/**
 * The owner of a session's peer connection on this side. Core says which peer of the other side it
 * connects to, and carries their descriptions and candidates; each other one gets an
 * RTCPeerConnection of its own, so that nothing of an earlier one can be mistaken for it.
 */
export class Peer {
  readonly peerId = randomId();
  private start: PeerStart | undefined;
  private connection: Connection | undefined;
  private isClosed = false;
  private readonly stopListening: () => void;

  /** @throws HostError PEER_TAKEN unless `takeOver`, AGENT_UNKNOWN, CALL_UNKNOWN */
  static async attach(host: PeerHost, options: PeerOptions): Promise<Peer> {
    const peer = new Peer(host, options);
    try {
      const start = await host.ask('attachPeer', {
        peerId: peer.peerId,
        to: options.to,
        ...(options.takeOver === true && { takeOver: true }),
      });
      peer.begin(start);
      return peer;
    } catch (error) {
      peer.end();
      throw error;
    }
  }

  private constructor(
    private readonly host: PeerHost,
    private readonly options: PeerOptions,
  ) {
    // Before it is attached, because the first orders may come with the answer.
    this.stopListening = host.on('peer', ({ peerId, order }) => {
      if (peerId === this.peerId) this.obey(order);
    });
    window.addEventListener('online', this.onOnline);
  }

  /** The connection of the moment, for statistics and the mirror. */
  get current(): RTCPeerConnection | undefined {
    return this.connection?.rtc;
  }

  close(): void {
    if (this.isClosed) return;
    this.end();
    this.tell(this.host.ask('detachPeer', { peerId: this.peerId }));
  }

  /** Orders that came before the answer to `attachPeer`. */
  private readonly early: PeerOrder[] = [];

  private begin(start: PeerStart): void {
    if (this.isClosed) return;
    this.start = start;
    for (const order of this.early.splice(0)) this.obey(order);
  }

  private obey(order: PeerOrder): void {
    if (this.isClosed) return;
    if (this.start === undefined) {
      this.early.push(order);
      return;
    }
    switch (order.kind) {
      case 'remote':
        this.connectTo(order.remote, this.start);
        return;
      case 'signal':
        // Words of a peer that is gone mean nothing to the next.
        if (order.from === this.connection?.remote) this.connection.hear(order.signal);
        return;
      case 'frame':
        this.connection?.send(bytesOf(order.frame));
        return;
      case 'restart':
        this.connection?.restartIce();
        return;
      case 'close':
        this.end();
        this.options.onClose?.(order.reason);
        return;
    }
  }

  private connectTo(remote: string | undefined, start: PeerStart): void {
    if (remote === this.connection?.remote) return;
    this.connection?.close();
    this.connection = undefined;
    if (remote === undefined) {
      this.onState({ kind: 'disconnected' });
      return;
    }
    const { media } = this.options;
    this.connection = new Connection(remote, start, {
      ...(media && { media }),
      onSignal: (signal) => {
        this.tell(this.host.ask('peerSignal', { peerId: this.peerId, to: remote, signal }));
      },
      onFrame: (bytes) => {
        // Calls say everything through core; their channel only shows that the way is there.
        if (this.options.to === 'call') return;
        this.tell(this.host.ask('peerFrame', { peerId: this.peerId, frame: base64Of(bytes) }));
      },
      onState: (state) => {
        this.onState(state);
      },
    });
  }

  private onState(state: PeerState): void {
    this.options.onState?.(state);
    this.tell(this.host.ask('peerState', { peerId: this.peerId, state }));
  }

  private readonly onOnline = (): void => {
    this.connection?.restartIce();
  };

  private end(): void {
    this.isClosed = true;
    this.stopListening();
    window.removeEventListener('online', this.onOnline);
    this.connection?.close();
    this.connection = undefined;
  }

  /** What core no longer wants to hear, of a peer it has let go, is nobody's trouble. */
  private tell(asked: Promise<null>): void {
    asked.catch(() => undefined);
  }
}
