import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { CHANGED_SHARE, DATABASE } from './contenders/deltaFile';
import { type Compared, comparedRows, median, round } from './rows';
import { writeRandomFile } from './sourceFile';
import { type Measurement, type Stage, runInTwoProcesses } from './twoProcesses';

export interface Delta {
  readonly fileBytes: number;
  readonly changedShare: number;
  readonly rounds: number;
  /** Sending it whole, which sending it again is compared with, comes first. */
  readonly rows: readonly (Compared & {
    readonly seconds: number;
    /** Median of the bytes on the wire, as a share of the file. */
    readonly wireShare: number;
  })[];
}

/** A large file, sent whole; then a little of it changes, and it is sent to the same place again. */
export async function runDelta(options: {
  readonly stage: Stage;
  readonly bytes: number;
  readonly rounds: number;
  readonly say: (sentence: string) => void;
}): Promise<Delta> {
  const { stage, bytes, rounds, say } = options;
  const source = { path: path.join(stage.folder, 'database'), bytes };
  say('Writing the file that changes.');
  await mkdir(source.path);
  await writeRandomFile(path.join(source.path, DATABASE), bytes);
  const whole: Measurement[] = [];
  const again: Measurement[] = [];
  for (let index = 0; index < rounds; index++) {
    const run = await runInTwoProcesses(stage, 'delta', source);
    if (run.timing.whole === undefined) throw new Error('the sender measured one sending only');
    // Their memory is that of one process: what the second took cannot be told from the first.
    whole.push({ ...run, timing: run.timing.whole });
    again.push(run);
    const [first, second] = [run.timing.whole, run.timing].map((timing) => {
      const share = ((100 * (timing.wireBytes ?? NaN)) / bytes).toFixed(2);
      return `${(timing.transferMs / 1000).toFixed(2)} s (${share} % on the wire)`;
    });
    say(`${index + 1}/${rounds} whole ${first}, delta ${second}`);
  }
  await rm(source.path, { recursive: true });
  const columns = [
    { name: 'whole', runs: whole },
    { name: 'delta', runs: again },
  ];
  const rows = comparedRows(columns).map((row, index) => {
    const shares = columns[index]?.runs.map(({ timing }) => (timing.wireBytes ?? NaN) / bytes);
    return { ...row, wireShare: round(median(shares ?? []), 4) };
  });
  return { fileBytes: bytes, changedShare: CHANGED_SHARE, rounds, rows };
}
