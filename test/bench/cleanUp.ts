type Undo = () => unknown;

/** What is left to be undone, last first, also when a person interrupts. */
export class CleanUp {
  readonly #undoings: Undo[] = [];
  #running: Promise<void> | undefined;

  constructor() {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.once(signal, () => {
        void this.run().then(() => process.exit(code));
      });
    }
  }

  /** Adds something to undo. Returns a function that does it now, once. */
  add(undo: Undo): () => Promise<void> {
    this.#undoings.push(undo);
    return async () => {
      const index = this.#undoings.indexOf(undo);
      if (index < 0) return;
      this.#undoings.splice(index, 1);
      await undo();
    };
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  run(): Promise<void> {
    return (this.#running ??= this.#undoAll());
  }

  async #undoAll(): Promise<void> {
    for (let undo = this.#undoings.pop(); undo !== undefined; undo = this.#undoings.pop()) {
      try {
        await undo();
      } catch (thrown) {
        process.stderr.write(`While cleaning up: ${String(thrown)}\n`);
      }
    }
  }
}
