import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { buildSide } from './buildSide';
import { CleanUp } from './cleanUp';
import { type BenchOptions, GIB, MIB, readOptions, usage } from './options';
import { type Result, asJson, asTable } from './report';
import { runRounds } from './rounds';
import { transferRate } from './rows';
import { Scp } from './scp';
import { needRoom, writeRandomFile, writeSparseFile } from './sourceFile';
import { openTestnet } from './testnet';
import { type Stage, runInTwoProcesses } from './twoProcesses';

/** How fast the bytes go, compared with others. docs/benchmarks.md says how it is measured. */

const LONG_BYTES = 10 * GIB;
/** A first run that is not counted: it warms the machine up and says how fast it is. */
const WARM_UP_BYTES = 64 * MIB;
/** Sizes for `--quick`, and the rate of the raw stream, in MB/s, from which each fits its time. */
const QUICK_SIZES = [
  { bytes: 256 * MIB, from: 110 },
  { bytes: 128 * MIB, from: 60 },
] as const;
const LEAST_QUICK_BYTES = 64 * MIB;

void main();

async function main(): Promise<void> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (thrown) {
    process.stderr.write(`${String(thrown)}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  if (options === 'help') {
    process.stdout.write(usage);
    return;
  }
  const cleanUp = new CleanUp();
  try {
    const result = await measure(options, cleanUp);
    process.stdout.write(options.json ? `${asJson(result)}\n` : `\n${asTable(result)}`);
  } catch (thrown) {
    // What an interruption breaks off needs no words.
    if (!cleanUp.isRunning) process.stderr.write(`The benchmark failed: ${String(thrown)}\n`);
    process.exitCode = 1;
  }
  await cleanUp.run();
  process.exit();
}

async function measure(options: BenchOptions, cleanUp: CleanUp): Promise<Result> {
  const folder = await mkdtemp(path.join(options.folder, 'beeline-bench-'));
  cleanUp.add(() => rm(folder, { recursive: true, force: true }));
  // The long file is sparse; only its copy takes room.
  await needRoom(folder, options.isLong ? LONG_BYTES : 2 * (options.bytes ?? GIB));
  const testnet = await openTestnet();
  cleanUp.add(() => testnet.close());
  const sideProgram = await buildSide(cleanUp);
  const stage: Stage = { sideProgram, folder, bootstrap: testnet.bootstrap, cleanUp };
  const warmUp = await runInTwoProcesses(stage, 'raw', { path: '', bytes: WARM_UP_BYTES });

  const bytes = options.bytes ?? quickBytes(transferRate(warmUp));
  say(`Writing ${bytes / MIB} MiB of random bytes.`);
  const source = { path: path.join(folder, 'source.bin'), bytes };
  await writeRandomFile(source.path, bytes);
  const scp = await Scp.start(folder, cleanUp).catch((thrown: unknown) => thrown as Error);
  const { rows, failed } = await runRounds({
    stage,
    source,
    count: options.rounds,
    scp: scp instanceof Error ? undefined : scp,
    say,
  });
  const unavailable = [...failed].map(([name, reason]) => ({ name, reason }));
  if (scp instanceof Error) unavailable.push({ name: 'scp', reason: scp.message });
  await rm(source.path);
  const long = options.isLong ? await runLong(stage) : undefined;
  return { bytes, rounds: options.rounds, rows, unavailable, long };
}

async function runLong(stage: Stage): Promise<Result['long']> {
  say(`Sending a file of ${LONG_BYTES / GIB} GiB by version 1.`);
  const source = path.join(stage.folder, 'long.bin');
  await writeSparseFile(source, LONG_BYTES);
  return runInTwoProcesses(stage, 'v1', { path: source, bytes: LONG_BYTES });
}

function quickBytes(rawRate: number): number {
  return QUICK_SIZES.find(({ from }) => rawRate >= from)?.bytes ?? LEAST_QUICK_BYTES;
}

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
