import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Random } from './random';

/** Bytes of one target's inputs in the repository, without those that were once a fault. */
const MAX_KEPT_BYTES = 12 * 1024;
const REGRESSION = 'regression-';

/** The inputs that each reached something that those before it had not. */
export class Corpus {
  /** What was in the folder, regressions first. */
  readonly kept: readonly Buffer[];
  private readonly inputs: Buffer[] = [];
  private readonly accepted: Buffer[] = [];

  constructor(private readonly folder: string) {
    const names = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
    const ordered = [...names.filter(isRegression), ...names.filter((name) => !isRegression(name))];
    this.kept = ordered.map((name) => fs.readFileSync(path.join(folder, name)));
  }

  get size(): number {
    return this.inputs.length;
  }

  add(input: Buffer, isAccepted: boolean): void {
    this.inputs.push(input);
    if (isAccepted) this.accepted.push(input);
  }

  /**
   * Half of the time one that is accepted, because what breaks a promise is nearly right; else one
   * of the newest, which are the farthest, or any.
   */
  pick(random: Random): Buffer {
    if (random.oneIn(2) && this.accepted.length > 0) {
      return this.accepted[random.below(this.accepted.length)] ?? Buffer.alloc(0);
    }
    const { length } = this.inputs;
    const at = random.oneIn(2) ? random.below(length) : length - random.few(length);
    return this.inputs[at] ?? Buffer.alloc(0);
  }

  /**
   * Writes the folder anew: the shortest first, those that reach nothing new left out.
   * @param news how much an input reaches that none asked about before it did
   */
  async write(news: (input: Buffer) => Promise<number>): Promise<void> {
    fs.mkdirSync(this.folder, { recursive: true });
    for (const name of fs.readdirSync(this.folder)) {
      const file = path.join(this.folder, name);
      if (isRegression(name)) await news(fs.readFileSync(file));
      else fs.rmSync(file);
    }
    let bytes = 0;
    for (const input of this.inputs.toSorted((one, other) => one.length - other.length)) {
      if (bytes + input.length > MAX_KEPT_BYTES) return;
      if ((await news(input)) === 0) continue;
      bytes += input.length;
      const name = createHash('sha256').update(input).digest('hex').slice(0, 12);
      fs.writeFileSync(path.join(this.folder, name), input);
    }
  }
}

function isRegression(name: string): boolean {
  return name.startsWith(REGRESSION);
}
