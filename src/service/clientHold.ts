import {
  converse,
  type Conversing,
  type ConversingCall,
  type ConversingParams,
  type ConversingResult,
} from '../core/engine/conversing';

/** Who speaks for nobody any more. */
const NOTHING = { chats: false, calls: false, open: [] } as const;

/** What one process attends to and has attached: it ends with the process's connection. */
export class ClientHold {
  private readonly shells = new Set<string>();
  private readonly peers = new Set<string>();
  private readonly calls = new Set<Promise<unknown>>();

  constructor(private readonly engine: Conversing) {}

  /** Whether what a peer is told is for this process. */
  hasPeer(peerId: string): boolean {
    return this.peers.has(peerId);
  }

  async converse<M extends ConversingCall>(
    call: M,
    params: ConversingParams<M>,
  ): Promise<ConversingResult<M>> {
    // Before it is done: a peer may be told something at once, and the connection may close now.
    const { shellId, peerId } = params as { readonly shellId?: string; readonly peerId?: string };
    if (call === 'attend' && shellId !== undefined) this.shells.add(shellId);
    if (call === 'attachPeer' && peerId !== undefined) this.peers.add(peerId);
    const running = converse(this.engine, call, params);
    this.calls.add(running);
    try {
      return await running;
    } finally {
      this.calls.delete(running);
      if (call === 'detachPeer' && peerId !== undefined) this.peers.delete(peerId);
    }
  }

  /** What is under way is waited for, since it may attach something yet. Never rejects. */
  async end(): Promise<void> {
    await Promise.allSettled(this.calls);
    const { engine, shells, peers } = this;
    await Promise.allSettled([
      ...[...peers].map((peerId) => engine.detachPeer({ peerId })),
      ...[...shells].map((shellId) => engine.attend({ shellId, ...NOTHING })),
    ]);
  }
}
