import { EventEmitter } from 'node:events';
import { BeelineError } from '../core/errors';
import type { NodeEvents } from './types';

type Listener<E extends keyof NodeEvents> = (payload: NodeEvents[E]) => unknown;

/**
 * Node's emitter with our events, which does not bring a process down because a transfer failed:
 * `error` without a listener is dropped, and so is a failed transfer that an `async` listener let
 * through, since `transfer_failed` has told it. A listener's own bug still surfaces.
 */
export class NodeEmitter {
  readonly #emitter = new EventEmitter({ captureRejections: true });

  constructor() {
    const hooks = this.#emitter as unknown as Record<symbol, (thrown: unknown) => void>;
    hooks[EventEmitter.captureRejectionSymbol] = (thrown) => {
      this.report(thrown);
    };
  }

  on<E extends keyof NodeEvents>(event: E, listener: Listener<E>): void {
    this.#emitter.on(event, listener);
  }

  once<E extends keyof NodeEvents>(event: E, listener: Listener<E>): void {
    this.#emitter.once(event, listener);
  }

  off<E extends keyof NodeEvents>(event: E, listener: Listener<E>): void {
    this.#emitter.off(event, listener);
  }

  hears(event: keyof NodeEvents): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }

  emit<E extends keyof NodeEvents>(event: E, payload: NodeEvents[E]): void {
    if (!this.hears(event)) return;
    try {
      this.#emitter.emit(event, payload);
    } catch (thrown) {
      if (event === 'error') surface(thrown);
      else this.report(thrown);
    }
  }

  /** To the `error` listeners; without any, what is not ours surfaces as an uncaught exception. */
  report(thrown: unknown): void {
    if (this.hears('error')) {
      this.emit('error', thrown instanceof Error ? thrown : new Error(String(thrown)));
    } else if (!(thrown instanceof BeelineError)) {
      surface(thrown);
    }
  }
}

/** Thrown outside of our own call stack, so that the engine is not what breaks. */
function surface(thrown: unknown): void {
  queueMicrotask(() => {
    throw thrown;
  });
}
