import { fileContenders, type FileContender } from './contender';
import { type Pair, type Row, contenderRow, hashRow, rawRow, transferRate } from './rows';
import type { Scp } from './scp';
import { type Measurement, type Stage, runInTwoProcesses } from './twoProcesses';

export interface Rounds {
  readonly stage: Stage;
  readonly source: { readonly path: string; readonly bytes: number };
  readonly count: number;
  readonly scp: Scp | undefined;
  readonly say: (sentence: string) => void;
}

export interface RoundsResult {
  readonly rows: readonly Row[];
  /** Those that could not run, and why. */
  readonly failed: ReadonlyMap<string, string>;
}

/** Those that are compared: each runs straight before or after a run of the raw stream. */
type Name = Exclude<FileContender, 'raw'> | 'scp';

/**
 * One round: every contender is a neighbour of a raw run, and two of them share one. The machine has
 * other things to do; what disturbs a run disturbs its neighbour too, and their ratio less.
 */
const ORDER = ['v1', 'raw', 'v2-link', 'hyperbeam', 'raw', 'webrtc', 'scp', 'raw'] as const;

/** Runs all in turn, every second round backwards, so that going first is nobody's privilege. */
export async function runRounds(rounds: Rounds): Promise<RoundsResult> {
  const raws: Measurement[] = [];
  const pairs = new Map<Name, Pair[]>();
  const failed = new Map<string, string>();
  for (let index = 0; index < rounds.count; index++) {
    const order = index % 2 === 0 ? ORDER : ORDER.toReversed();
    const measured = await runOnce(rounds, order, failed, `${index + 1}/${rounds.count}`);
    for (const [place, run] of measured.entries()) {
      const name = order[place];
      if (run === undefined || name === undefined) continue;
      if (name === 'raw') {
        raws.push(run);
        continue;
      }
      const neighbour = order[place + 1] === 'raw' ? place + 1 : place - 1;
      const raw = measured[neighbour];
      if (raw !== undefined) pairs.set(name, [...(pairs.get(name) ?? []), { measured: run, raw }]);
    }
  }
  return { rows: toRows(raws, pairs, failed), failed };
}

async function runOnce(
  rounds: Rounds,
  order: readonly (Name | 'raw')[],
  failed: Map<string, string>,
  round: string,
): Promise<readonly (Measurement | undefined)[]> {
  const measured: (Measurement | undefined)[] = [];
  for (const name of order) {
    const run = failed.has(name) ? undefined : await attempt(rounds, name, failed);
    measured.push(run);
    if (run !== undefined) {
      rounds.say(`${round} ${name.padEnd(10)} ${transferRate(run).toFixed(1).padStart(7)} MB/s`);
    }
  }
  return measured;
}

/** A contender that cannot run is left out from then on. Without raw there is nothing to say. */
async function attempt(
  { stage, source, scp }: Rounds,
  name: Name | 'raw',
  failed: Map<string, string>,
): Promise<Measurement | undefined> {
  try {
    if (name !== 'scp') return await runInTwoProcesses(stage, name, source);
    return await scp?.copy(source);
  } catch (thrown) {
    if (name === 'raw') throw thrown;
    failed.set(name, thrown instanceof Error ? thrown.message : String(thrown));
    return undefined;
  }
}

function toRows(
  raws: readonly Measurement[],
  pairs: ReadonlyMap<Name, readonly Pair[]>,
  failed: ReadonlyMap<string, string>,
): Row[] {
  const rows = [rawRow(raws)];
  for (const name of [...fileContenders, 'scp'] as const) {
    const found = name === 'raw' ? undefined : pairs.get(name);
    if (found === undefined || failed.has(name)) continue;
    rows.push(contenderRow(name, found));
    if (name === 'v1') rows.push(hashRow('v1-hash', found));
  }
  return rows;
}
