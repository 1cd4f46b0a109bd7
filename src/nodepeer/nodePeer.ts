import type { Peering, PeerOrder, PeerStart, PeerState } from '../core/calling';
import type { Engine } from '../core/engine';
import { toBeelineError } from '../core/errors';
import type { EngineEvent } from '../core/events';
import { newId } from '../core/newId';
import { RtcConnection } from './rtcConnection';
import { holdRtcLibrary, type RtcLibrary } from './rtcLibrary';

/** A peer connection without a page, attached to a chat for as long as it is not closed. */
export interface NodePeer {
  /** Detaches and lets go of everything; resolves when the process can exit. */
  close(): Promise<void>;
}

/**
 * Gives a chat a data channel of this process. Where another window has one already, it waits until
 * that one is gone.
 * @throws PART_MISSING
 */
export async function attachNodePeer(
  engine: Peering & Pick<Engine, 'onEvent'>,
  kid: string,
  log: (line: string) => void = () => undefined,
): Promise<NodePeer> {
  const { library, letGo } = await holdRtcLibrary();
  const peer = new ChatPeer(engine, kid, library, log);
  return {
    close: async () => {
      await peer.close();
      letGo();
    },
  };
}

/** Milliseconds before a peer that failed attaches anew; doubled each time, up to the most. */
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
/** Milliseconds after which it is asked again whether another window still holds the connection. */
const TAKEN_MS = 10_000;
/** Frames on their way to the engine; the other side sends again what is dropped. */
const MAX_FRAMES = 256;

type State =
  /** Until the timer, or for ever when somebody else has taken its place. */
  | { readonly kind: 'detached'; readonly timer?: NodeJS.Timeout }
  /** Orders can come before the answer that says how to begin. */
  | { readonly kind: 'attaching'; readonly peerId: string; readonly orders: PeerOrder[] }
  | Attached
  | { readonly kind: 'closed' };

interface Attached {
  readonly kind: 'attached';
  readonly peerId: string;
  readonly start: PeerStart;
  remote?: { readonly peerId: string; readonly connection: RtcConnection };
}

class ChatPeer {
  readonly #stopListening: () => void;
  #state: State = { kind: 'detached' };
  #backoffMs = FIRST_BACKOFF_MS;
  /** Connections that are closed, and that the library is not done with. */
  readonly #closing = new Set<RtcConnection>();
  /** What this peer says reaches the engine in order. */
  #saying: Promise<unknown> = Promise.resolve();
  #frames = 0;

  constructor(
    private readonly engine: Peering & Pick<Engine, 'onEvent'>,
    private readonly kid: string,
    private readonly library: RtcLibrary,
    private readonly log: (line: string) => void,
  ) {
    this.#stopListening = engine.onEvent((event) => {
      this.#take(event);
    });
    this.#attach();
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#leave({ kind: 'closed' });
    await Promise.all([this.#saying, ...[...this.#closing].map(({ closed }) => closed)]);
  }

  #take(event: EngineEvent): void {
    // The next owner of the home knows nothing of peers that were attached to the last.
    if (event.type === 'moved' && this.#state.kind === 'attached') this.#attachAnew(0);
    if (event.type !== 'peer') return;
    const state = this.#state;
    if (state.kind === 'attaching' && state.peerId === event.peerId) state.orders.push(event.order);
    if (state.kind === 'attached' && state.peerId === event.peerId) this.#obey(event.order);
  }

  #attach(): void {
    const peerId = newId();
    const state: State = { kind: 'attaching', peerId, orders: [] };
    this.#state = state;
    this.engine.attachPeer({ peerId, to: { kind: 'chat', kid: this.kid } }).then(
      (start) => {
        if (this.#state !== state) {
          this.#say(() => this.engine.detachPeer({ peerId }));
          return;
        }
        this.#state = { kind: 'attached', peerId, start };
        for (const order of state.orders) this.#takeOwn(peerId, order);
      },
      (thrown: unknown) => {
        const { code, message } = toBeelineError(thrown);
        this.log(`peer: not attached: ${message}`);
        if (this.#state !== state) return;
        const isOver = code === 'AGENT_UNKNOWN' || code === 'AGENT_BLOCKED';
        if (isOver) this.#state = { kind: 'detached' };
        else this.#attachAnew(code === 'PEER_TAKEN' ? TAKEN_MS : this.#nextBackoff());
      },
    );
  }

  #takeOwn(peerId: string, order: PeerOrder): void {
    if (this.#state.kind === 'attached' && this.#state.peerId === peerId) this.#obey(order);
  }

  #obey(order: PeerOrder): void {
    if (this.#state.kind !== 'attached') return;
    const { remote } = this.#state;
    switch (order.kind) {
      case 'remote':
        this.#meet(order.remote);
        return;
      case 'signal':
        if (remote?.peerId === order.from) remote.connection.take(order.signal);
        return;
      case 'frame':
        remote?.connection.send(Buffer.from(order.frame, 'base64'));
        return;
      case 'restart':
        // The library cannot restart ICE; a new connection looks for its way afresh.
        this.#attachAnew(0);
        return;
      case 'close':
        if (order.reason === 'replaced') this.#leave({ kind: 'detached' });
        else this.#attachAnew(this.#nextBackoff());
    }
  }

  #meet(remote: string | undefined): void {
    if (this.#state.kind !== 'attached') return;
    const state = this.#state;
    if (remote !== undefined && remote === state.remote?.peerId) return;
    this.#drop(state);
    if (remote === undefined) return;
    try {
      state.remote = { peerId: remote, connection: this.#connect(state, remote) };
    } catch (thrown) {
      // For instance an address of an ICE server that the library does not take.
      this.log(`peer: no connection: ${String(thrown)}`);
      this.#tell(state.peerId, remote, { kind: 'failed' });
      this.#attachAnew(this.#nextBackoff());
    }
  }

  #connect({ peerId, start }: Attached, remote: string): RtcConnection {
    return new RtcConnection(this.library, {
      ...start,
      onSignal: (signal) => {
        this.#say(() => this.engine.peerSignal({ peerId, to: remote, signal }));
      },
      onFrame: (frame) => {
        this.#sayFrame(peerId, frame);
      },
      onState: (told) => {
        this.#tell(peerId, remote, told);
      },
      log: this.log,
    });
  }

  #tell(peerId: string, remote: string, told: PeerState): void {
    this.#say(() => this.engine.peerState({ peerId, state: told }));
    if (told.kind === 'connected') this.#backoffMs = FIRST_BACKOFF_MS;
    if (told.kind !== 'failed' || this.#state.kind !== 'attached') return;
    if (this.#state.peerId === peerId && this.#state.remote?.peerId === remote) {
      this.#attachAnew(this.#nextBackoff());
    }
  }

  #sayFrame(peerId: string, frame: Buffer): void {
    if (this.#frames >= MAX_FRAMES) return;
    this.#frames += 1;
    this.#say(async () => {
      this.#frames -= 1;
      await this.engine.peerFrame({ peerId, frame: frame.toString('base64') });
    });
  }

  #say(work: () => Promise<void>): void {
    this.#saying = this.#saying.then(work).catch((thrown: unknown) => {
      this.log(`peer: ${toBeelineError(thrown).message}`);
    });
  }

  #attachAnew(afterMs: number): void {
    const timer = setTimeout(() => {
      this.#attach();
    }, afterMs);
    this.#leave({ kind: 'detached', timer });
  }

  #nextBackoff(): number {
    const wait = this.#backoffMs * (0.5 + Math.random());
    this.#backoffMs = Math.min(MAX_BACKOFF_MS, 2 * this.#backoffMs);
    return wait;
  }

  #leave(next: State): void {
    const state = this.#state;
    this.#state = next;
    if (state.kind === 'detached') clearTimeout(state.timer);
    if (state.kind !== 'attached') return;
    this.#drop(state);
    this.#say(() => this.engine.detachPeer({ peerId: state.peerId }));
  }

  #drop(state: Attached): void {
    const connection = state.remote?.connection;
    delete state.remote;
    if (connection === undefined) return;
    this.#closing.add(connection);
    connection.close();
    void connection.closed.then(() => this.#closing.delete(connection));
  }
}
