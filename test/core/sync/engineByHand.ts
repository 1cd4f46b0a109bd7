import { EventEmitter, once } from 'node:events';
import type { Engine, OfferRequest } from '../../../src/core/engine';
import type { ErrorCode } from '../../../src/core/errors';
import type { EngineEvent, Transfer } from '../../../src/core/events';
import { walkSources } from '../../../src/core/transfer/source/walkSources';

/** Another engine's façade, played by hand: it walks what is offered, and ends when it is told to. */
export class EngineByHand {
  readonly offers: OfferRequest[] = [];
  /** What each offer listed, path by path. */
  readonly lists: string[][] = [];
  readonly cancelled: string[] = [];
  /** How each round ends, in order; later ones complete. */
  readonly ends: (ErrorCode | 'hold')[] = [];
  running = 0;
  mostRunning = 0;
  readonly #emitter = new EventEmitter();
  readonly #listeners = new Set<(event: EngineEvent) => void>();

  /** The part of a façade that following a folder uses. */
  get engine(): Engine {
    return {
      offer: (request: OfferRequest) => this.#offer(request),
      onEvent: (listener: (event: EngineEvent) => void) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      cancel: (transferId: string) => {
        this.cancelled.push(transferId);
        return Promise.resolve();
      },
    } as unknown as Engine;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  tell(event: EngineEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  end(transferId: string, state: Transfer['state']): void {
    this.running--;
    this.tell({ type: 'transfer', transfer: { transferId, state } as Transfer });
  }

  complete(transferId: string): void {
    this.end(transferId, { kind: 'completed' } as Transfer['state']);
  }

  /** Until so many rounds have been offered. */
  async offered(count: number): Promise<OfferRequest> {
    while (this.offers.length < count) {
      await once(this.#emitter, 'offered', { signal: AbortSignal.timeout(15_000) });
    }
    const [offer] = this.offers.slice(count - 1);
    if (offer === undefined) throw new Error('no such round');
    return offer;
  }

  async #offer(request: OfferRequest): Promise<{ transferId: string }> {
    const { manifest } = await walkSources(request);
    this.offers.push(request);
    this.lists.push(manifest.entries.map((entry) => entry.path));
    this.running++;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    const end = this.ends.shift();
    const { transferId } = request;
    if (end === undefined) {
      setImmediate(() => {
        this.complete(transferId);
      });
    } else if (end !== 'hold') {
      setImmediate(() => {
        this.end(transferId, { kind: 'failed', error: { code: end, message: end } });
      });
    }
    this.#emitter.emit('offered');
    return { transferId };
  }
}
