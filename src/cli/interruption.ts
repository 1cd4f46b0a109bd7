import { signalCodes } from './exitCode';

type StopSignal = keyof typeof signalCodes;

/**
 * Ctrl-C and its relatives. The first asks the command to end in order, the second ends the process
 * at once.
 */
export class Interruption {
  readonly #controller = new AbortController();
  #by: StopSignal | undefined;
  #endsWithReader = false;

  /** @param endNow called with the exit code when the person does not want to wait */
  constructor(private readonly endNow: (code: number) => void) {}

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Undefined while nothing has happened. */
  get exitCode(): number | undefined {
    return this.#by === undefined ? undefined : signalCodes[this.#by];
  }

  /** Resolves with the exit code when interrupted. */
  get happened(): Promise<number> {
    return new Promise((resolve) => {
      const tell = (): void => {
        resolve(this.exitCode ?? signalCodes.SIGINT);
      };
      if (this.signal.aborted) tell();
      else this.signal.addEventListener('abort', tell, { once: true });
    });
  }

  interrupt(by: StopSignal): void {
    if (this.#by !== undefined) {
      this.endNow(signalCodes[by]);
      return;
    }
    this.#by = by;
    this.#controller.abort();
  }

  /** The reader of our output went away (`| head`): ends only what lives for its reader. */
  readerLeft(): void {
    if (this.#endsWithReader) this.interrupt('SIGPIPE');
  }

  /** For commands that would otherwise go on for ever with nobody reading. */
  endWithReader(): void {
    this.#endsWithReader = true;
  }

  /** Takes over the process's signals, for as long as the process lives. */
  listenTo(target: NodeJS.Process): this {
    for (const by of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      target.on(by, () => {
        this.interrupt(by);
      });
    }
    return this;
  }
}
