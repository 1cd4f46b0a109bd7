import fs from 'node:fs';
import { Violation } from '../properties';
import type { FuzzTarget } from '../target';
import { CURRENT_HEAD_BYTES } from './order';

/** Milliseconds of the processor that one input may take. */
const LIMIT_MS = 1000;
/** What took so long on a busy machine is tried again. */
const SLOW_TRIES = 3;

/** Runs inputs one at a time, and knows what holds for all targets. */
export class Execution {
  runs = 0;
  accepted = 0;
  /** The last input. */
  input: Buffer = Buffer.alloc(0);
  private readonly file: number;
  private record = Buffer.alloc(CURRENT_HEAD_BYTES);

  constructor(
    private readonly target: FuzzTarget,
    currentInput: string,
  ) {
    this.file = fs.openSync(currentInput, 'w');
  }

  /** Whether it was accepted. @throws what broke a property */
  async run(input: Buffer): Promise<boolean> {
    this.note(input);
    const startedAt = performance.now();
    const accepted = await this.once(input);
    this.runs++;
    if (accepted) this.accepted++;
    if (performance.now() - startedAt > LIMIT_MS) await this.checkSlow(input);
    return accepted;
  }

  /** What breaks with this input, or undefined. */
  async attempt(input: Buffer): Promise<Error | undefined> {
    try {
      await this.run(input);
      return undefined;
    } catch (thrown) {
      return thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  }

  close(): void {
    fs.closeSync(this.file);
  }

  private async once(input: Buffer): Promise<boolean> {
    // A copy, because a decoder that writes into what it reads would change the corpus.
    const copy = Buffer.from(input);
    const result = this.target.fuzz(copy);
    const accepted = typeof result === 'boolean' ? result : await result;
    for (const key in {}) throw new Violation(`all objects have a ${key} from now on`);
    return accepted;
  }

  /** On disk before it runs, so that it is known also when this process hangs, or dies at once. */
  private note(input: Buffer): void {
    this.input = input;
    const length = CURRENT_HEAD_BYTES + input.length;
    if (this.record.length < length) this.record = Buffer.alloc(length);
    this.record.writeUInt32BE(this.runs, 0);
    this.record.writeUInt32BE(input.length, 4);
    input.copy(this.record, CURRENT_HEAD_BYTES);
    fs.writeSync(this.file, this.record, 0, length, 0);
  }

  private async checkSlow(input: Buffer): Promise<void> {
    for (let left = SLOW_TRIES; left > 0; left--) {
      const before = process.cpuUsage();
      await this.once(input);
      const { user, system } = process.cpuUsage(before);
      if ((user + system) / 1000 < LIMIT_MS) return;
    }
    throw new Violation(`an input that takes more than ${LIMIT_MS} ms`);
  }
}
