import type { DataChannel, PeerConnection } from 'node-datachannel';
import type { IceServer, PeerSignal, PeerState } from '../core/calling';
import type { RtcLibrary } from './rtcLibrary';
import { rtcServersOf } from './rtcServers';

/** The same for pages and terminals: negotiated, so that neither waits for the other to announce it. */
const CHANNEL = { label: 'beeline', id: 0 } as const;
/** Bytes of one message: a sealed frame is at most as long (keys.md). */
const MAX_FRAME = 64 * 1024;
/** Bytes that may wait in the channel; more wait here, where they can be counted. */
const HIGH_WATER = 512 * 1024;
const LOW_WATER = 128 * 1024;
/** Frames that may wait here: as many as a session lets be unconfirmed. Others come again anyway. */
const MAX_WAITING = 256;
/** Milliseconds for a connection to come about, or to come back, before it counts as failed. */
const CONNECTING_MS = 30_000;
const DISCONNECTED_MS = 10_000;
/** Milliseconds between looks at the pair of addresses in use, which can change. */
const PATH_MS = 2000;
/** Milliseconds for the library's threads to let go of a connection that was closed. */
const CLOSING_MS = 2000;
/** Candidates that may come before the description that they belong to. */
const MAX_EARLY = 100;

export interface RtcConnectionOptions {
  /** Gives way when both make an offer at once, and makes no first one. */
  readonly isPolite: boolean;
  readonly iceServers: readonly IceServer[];
  readonly onSignal: (signal: PeerSignal) => void;
  readonly onFrame: (frame: Buffer) => void;
  readonly onState: (state: PeerState) => void;
  readonly log: (line: string) => void;
}

/** One peer connection with one peer of the other side. Failed ones are closed, never mended. */
export class RtcConnection {
  readonly #connection: PeerConnection;
  readonly #channel: DataChannel;
  readonly #early: { candidate: string; mid: string }[] = [];
  readonly #waiting: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #state: PeerState = { kind: 'connecting' };
  #remoteUfrag: string | undefined;
  #isClosed = false;
  /** What the library still has to say before its threads are done with this. */
  readonly #unsaid = new Set<'channel' | 'connection'>(['channel', 'connection']);
  #allSaid: () => void = () => undefined;

  /**
   * Resolves when the library is done with a connection that was closed, or took too long. Until
   * then this object has to be kept: threads of the library still call into it.
   */
  readonly closed: Promise<void>;

  constructor(
    library: RtcLibrary,
    private readonly options: RtcConnectionOptions,
  ) {
    this.#connection = new library.PeerConnection(CHANNEL.label, {
      iceServers: rtcServersOf(options.iceServers),
      // Who makes an offer, and when, is decided here.
      disableAutoNegotiation: true,
      maxMessageSize: MAX_FRAME,
    });
    this.closed = new Promise((resolve) => (this.#allSaid = resolve));
    this.#listen(this.#connection);
    this.#channel = this.#connection.createDataChannel(CHANNEL.label, {
      negotiated: true,
      id: CHANNEL.id,
    });
    this.#listenTo(this.#channel);
    options.onState(this.#state);
    this.#failAfter(CONNECTING_MS);
    if (!options.isPolite) this.#connection.setLocalDescription('offer');
  }

  /** What the other side's peer says. A description that cannot be read ends the connection. */
  take(signal: PeerSignal): void {
    if (this.#isClosed) return;
    if (signal.kind === 'candidate') {
      this.#takeCandidate(signal.candidate, signal.sdpMid ?? '0');
      return;
    }
    try {
      this.#takeDescription(signal.type, signal.sdp);
    } catch (thrown) {
      this.options.log(`peer: a description was refused: ${String(thrown)}`);
      this.#fail();
    }
  }

  /** Sends one sealed frame, or forgets it: whoever sealed it sends it again until it is confirmed. */
  send(frame: Buffer): void {
    if (this.#isClosed || !this.#channel.isOpen() || frame.length > MAX_FRAME) return;
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(frame);
    this.#flush();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
    // The channel closes with the connection. Closing it by itself would free what the library's
    // threads may be calling just then, which ends the process.
    this.#connection.close();
    this.#timer = setTimeout(this.#allSaid, CLOSING_MS);
    this.#say();
  }

  /** The library has said that this is closed, or there is nothing left to be said. */
  #say(what?: 'channel' | 'connection'): void {
    if (what !== undefined) this.#unsaid.delete(what);
    if (!this.#isClosed || this.#unsaid.size > 0) return;
    clearTimeout(this.#timer);
    // The library frees what belongs to a callback behind it.
    setImmediate(this.#allSaid);
  }

  #listen(connection: PeerConnection): void {
    connection.onLocalDescription((sdp, type) => {
      if (this.#isClosed || (type !== 'offer' && type !== 'answer')) return;
      this.options.onSignal({ kind: 'description', type, sdp });
    });
    connection.onLocalCandidate((candidate, mid) => {
      if (this.#isClosed) return;
      this.options.onSignal({
        kind: 'candidate',
        // The library gives the line of the SDP, the W3C's candidates begin behind `a=`.
        candidate: candidate.replace(/^a=/, ''),
        sdpMid: mid,
        sdpMLineIndex: null,
      });
    });
    connection.onStateChange((state) => {
      if (state === 'closed') this.#say('connection');
      if (this.#isClosed) return;
      if (state === 'connected') this.#tellConnected();
      if (state === 'disconnected') {
        this.#become({ kind: 'disconnected' });
        this.#failAfter(DISCONNECTED_MS);
      }
      if (state === 'failed' || state === 'closed') this.#fail();
    });
    // Changes of ICE are not listened to: the library tells the last one while it frees who listens.
  }

  #listenTo(channel: DataChannel): void {
    channel.setBufferedAmountLowThreshold(LOW_WATER);
    channel.onOpen(() => {
      if (!this.#isClosed) this.#tellConnected();
    });
    channel.onBufferedAmountLow(() => {
      if (!this.#isClosed) this.#flush();
    });
    channel.onClosed(() => {
      this.#say('channel');
      if (!this.#isClosed) this.#fail();
    });
    channel.onMessage((message) => {
      if (this.#isClosed || typeof message === 'string') return;
      const frame = Buffer.isBuffer(message) ? message : Buffer.from(message);
      if (frame.length <= MAX_FRAME) this.options.onFrame(frame);
    });
  }

  #takeDescription(type: 'offer' | 'answer', sdp: string): void {
    const ufrag = /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1];
    const isStable = this.#connection.signalingState() === 'stable';
    if (type === 'answer') {
      if (isStable) return;
    } else {
      // Perfect negotiation: who is not polite goes on with its own offer.
      if (!isStable && !this.options.isPolite) return;
      if (this.#remoteUfrag !== undefined && ufrag !== this.#remoteUfrag) {
        // The other side restarts ICE, which this library cannot: a new connection does it.
        this.#fail();
        return;
      }
    }
    this.#remoteUfrag = ufrag;
    this.#connection.setRemoteDescription(sdp, type);
    if (type === 'offer') this.#connection.setLocalDescription('answer');
    for (const { candidate, mid } of this.#early.splice(0)) this.#takeCandidate(candidate, mid);
  }

  #takeCandidate(candidate: string, mid: string): void {
    // An empty one says that there are no more.
    if (candidate === '') return;
    if (this.#remoteUfrag === undefined) {
      if (this.#early.length < MAX_EARLY) this.#early.push({ candidate, mid });
      return;
    }
    try {
      this.#connection.addRemoteCandidate(candidate, mid);
    } catch (thrown) {
      // One that this library cannot read; the others may do.
      this.options.log(`peer: a candidate was passed over: ${String(thrown)}`);
    }
  }

  #flush(): void {
    while (this.#channel.isOpen() && this.#channel.bufferedAmount() < HIGH_WATER) {
      const frame = this.#waiting.shift();
      if (frame === undefined) return;
      this.#channel.sendMessageBinary(frame);
    }
  }

  #tellConnected(): void {
    if (this.#isClosed || !this.#channel.isOpen()) return;
    const pair = this.#connection.getSelectedCandidatePair();
    const isRelayed = [pair?.local.type, pair?.remote.type].includes('relay');
    this.#become({ kind: 'connected', path: isRelayed ? 'relayed' : 'direct' });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#tellConnected();
    }, PATH_MS);
  }

  #failAfter(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#fail();
    }, milliseconds);
  }

  #fail(): void {
    if (this.#isClosed) return;
    this.close();
    this.#become({ kind: 'failed' });
  }

  #become(state: PeerState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.options.onState(state);
  }
}
