import { toBeelineError } from '../errors';
import type { EngineEvent } from '../events';

/** Whoever listens to an engine. One that throws keeps nobody else from hearing. */
export class Listeners {
  private readonly listeners = new Set<(event: EngineEvent) => void>();

  constructor(private readonly log: (line: string) => void) {}

  get size(): number {
    return this.listeners.size;
  }

  /** Returns the function that ends listening. */
  add(listener: (event: EngineEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(event: EngineEvent): void {
    for (const listener of this.listeners) {
      try {
        listener(event);
      } catch (thrown) {
        this.log(`a listener failed: ${toBeelineError(thrown).message}`);
      }
    }
  }

  clear(): void {
    this.listeners.clear();
  }
}
