/** A map that forgets what was set longest ago. */
export class Bounded<K, T> {
  readonly #entries = new Map<K, T>();

  constructor(private readonly limit: number) {}

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  get(key: K): T | undefined {
    return this.#entries.get(key);
  }

  set(key: K, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.limit) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }
}
