import path from 'node:path';

/** How much of the attacked files was reached. */
export interface Reached {
  readonly branches: number;
  readonly allBranches: number;
  readonly statements: number;
  readonly allStatements: number;
}

/** As Istanbul counts: by number of the statement, and by number of the branch and its way. */
interface Counters {
  readonly s: Record<string, number>;
  readonly b: Record<string, number[]>;
}

/** A list of counters, and where in `seen` its first one is. */
interface Part {
  readonly counters: Record<number, number>;
  readonly length: number;
  readonly first: number;
  readonly kind: 'statement' | 'branch';
  readonly isAttacked: boolean;
}

/**
 * What an input reaches: each statement and each way of a branch, and about how often. Istanbul
 * has put counters into the code; they are read and set to zero after every input.
 */
export class Coverage {
  private readonly parts: Part[] = [];
  /** For each counter a bit for each range of counts that some input has reached. */
  private readonly seen: Uint8Array;
  private readonly attacked: ReadonlySet<string>;

  /** @param covers files, relative to the project */
  constructor(covers: readonly string[]) {
    this.attacked = new Set(covers.map((file) => path.resolve(file)));
    const files = (globalThis as { __coverage__?: Record<string, Counters> }).__coverage__ ?? {};
    let first = 0;
    for (const [file, { s, b }] of Object.entries(files)) {
      const isAttacked = this.attacked.has(file);
      const lists = [
        { kind: 'statement' as const, counters: s, length: Object.keys(s).length },
        ...Object.values(b).map((ways) => ({
          kind: 'branch' as const,
          counters: ways,
          length: ways.length,
        })),
      ];
      for (const list of lists) {
        this.parts.push({ ...list, first, isAttacked });
        first += list.length;
      }
    }
    this.seen = new Uint8Array(first);
    for (const file of this.attacked) {
      // A file that was renamed would silently count for nothing.
      if (!(file in files)) throw new Error(`${file} is not part of what is attacked`);
    }
    // What loading the code has reached.
    this.news();
  }

  /** How much the input that has just run reached that none before it had. */
  news(): number {
    let news = 0;
    const { seen } = this;
    for (const { counters, length, first } of this.parts) {
      for (let index = 0; index < length; index++) {
        const count = counters[index];
        if (count === undefined || count === 0) continue;
        counters[index] = 0;
        const bit = rangeBit(count);
        const before = seen[first + index] ?? 0;
        if ((before & bit) !== 0) continue;
        seen[first + index] = before | bit;
        news++;
      }
    }
    return news;
  }

  reached(): Reached {
    const [branches, allBranches] = this.count('branch');
    const [statements, allStatements] = this.count('statement');
    return { branches, allBranches, statements, allStatements };
  }

  private count(kind: Part['kind']): [reached: number, all: number] {
    let [reached, all] = [0, 0];
    for (const { first, length } of this.parts.filter(
      (part) => part.isAttacked && part.kind === kind,
    )) {
      reached += this.seen.subarray(first, first + length).filter((bits) => bits > 0).length;
      all += length;
    }
    return [reached, all];
  }
}

/** 1, 2, 3, 4–7, 8–15, 16–31, 32–127 and more: one time more in a long loop is nothing new. */
function rangeBit(count: number): number {
  if (count <= 3) return 1 << (count - 1);
  if (count < 8) return 8;
  if (count < 16) return 16;
  if (count < 32) return 32;
  return count < 128 ? 64 : 128;
}
