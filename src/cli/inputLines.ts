import { createInterface, type Interface } from 'node:readline';

/** Lines of standard input, which is not touched before the first is asked for. */
export class InputLines {
  #interface: Interface | undefined;
  #lines: AsyncIterator<string> | undefined;

  constructor(private readonly input: NodeJS.ReadableStream) {}

  /** The next line; undefined at the end, or when the signal says that nobody waits any more. */
  async next(signal: AbortSignal): Promise<string | undefined> {
    if (signal.aborted) return undefined;
    this.#interface ??= createInterface({ input: this.input });
    this.#lines ??= this.#interface[Symbol.asyncIterator]();
    let stop: () => void = () => undefined;
    const stopped = new Promise<undefined>((resolve) => {
      stop = () => {
        resolve(undefined);
      };
      signal.addEventListener('abort', stop, { once: true });
    });
    try {
      const read = this.#lines.next().then((line) => (line.done === true ? undefined : line.value));
      return await Promise.race([read, stopped]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Leaves the rest to whoever reads next. */
  close(): void {
    this.#interface?.close();
    this.#interface = undefined;
    this.#lines = undefined;
  }
}
