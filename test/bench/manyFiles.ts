import { rm } from 'node:fs/promises';
import path from 'node:path';
import { type Compared, comparedRows, round } from './rows';
import type { Scp } from './scp';
import { writeRandomTree } from './sourceFile';
import { type Measurement, type Stage, runInTwoProcesses } from './twoProcesses';

export interface ManyFiles {
  readonly files: number;
  readonly fileBytes: number;
  readonly rounds: number;
  /** `scp -r`, which the other is compared with, comes first; without it there is only the other. */
  readonly rows: readonly (Compared & {
    readonly seconds: number;
    readonly filesPerSecond: number;
  })[];
}

export const SMALL_FILE_BYTES = 4096;

/** A folder of many small files between two paired agents, in turn with `scp -r` of the same. */
export async function runManyFiles(options: {
  readonly stage: Stage;
  readonly files: number;
  readonly rounds: number;
  readonly scp: Scp | undefined;
  readonly say: (sentence: string) => void;
}): Promise<ManyFiles> {
  const { stage, files, rounds, scp, say } = options;
  const source = { path: path.join(stage.folder, 'tree'), bytes: files * SMALL_FILE_BYTES };
  say(`Writing ${files} files of ${SMALL_FILE_BYTES} bytes.`);
  await writeRandomTree(source.path, files, SMALL_FILE_BYTES);
  const ours: Measurement[] = [];
  const theirs: Measurement[] = [];
  const measure = async (round: string, isOurs: boolean): Promise<void> => {
    const run = isOurs
      ? await runInTwoProcesses(stage, 'many-files', source)
      : await scp?.copy(source);
    if (run === undefined) return;
    (isOurs ? ours : theirs).push(run);
    const seconds = (run.timing.transferMs / 1000).toFixed(2);
    say(`${round} ${isOurs ? 'many-files' : 'scp -r    '} ${seconds.padStart(7)} s`);
  };
  for (let index = 0; index < rounds; index++) {
    // Going first is nobody's privilege.
    const oursFirst = index % 2 === 0;
    for (const isOurs of [oursFirst, !oursFirst]) {
      await measure(`${index + 1}/${rounds}`, isOurs);
    }
  }
  await rm(source.path, { recursive: true });
  const columns = [
    { name: 'scp -r', runs: theirs },
    { name: 'many-files', runs: ours },
  ].filter(({ runs }) => runs.length > 0);
  const rows = comparedRows(columns).map((row) => ({
    ...row,
    filesPerSecond: round(files / row.seconds, 0),
  }));
  return { files, fileBytes: SMALL_FILE_BYTES, rounds, rows };
}
