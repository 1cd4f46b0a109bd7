import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { startHub } from '../../src/hub/hub';
import { buildSide } from './buildSide';
import { CleanUp } from './cleanUp';
import { runDelta } from './delta';
import { SMALL_FILE_BYTES, runManyFiles } from './manyFiles';
import { type BenchOptions, GIB, MIB, type Part, readOptions, usage } from './options';
import { type OneFile, type Result, asJson, asTables } from './report';
import { runRounds } from './rounds';
import { transferRate } from './rows';
import { Scp } from './scp';
import { runCall, runChat, runChatMemory } from './talks';
import { needRoom, writeRandomFile, writeSparseFile } from './sourceFile';
import { openTestnet } from './testnet';
import { type Stage, runInTwoProcesses } from './twoProcesses';

/** How fast the bytes go, compared with others. docs/benchmarks.md says how it is measured. */

/** What has to run wherever the product does; without the others a benchmark is still one. */
const OURS = new Set<string>(['file', 'many-files', 'delta', 'v1', 'v2-link', 'chat-memory']);
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
    // What an interruption breaks off needs no words.
    if (!cleanUp.isRunning) {
      process.stdout.write(options.json ? `${asJson(result)}\n` : `\n${asTables(result)}`);
      // Without ours it says nothing.
      if (result.unavailable.some(({ name }) => OURS.has(name))) process.exitCode = 1;
    }
  } catch (thrown) {
    if (!cleanUp.isRunning) process.stderr.write(`The benchmark failed: ${String(thrown)}\n`);
    process.exitCode = 1;
  }
  await cleanUp.run();
  process.exit();
}

async function measure(options: BenchOptions, cleanUp: CleanUp): Promise<Result> {
  const { parts, rounds } = options;
  const folder = await mkdtemp(path.join(options.folder, 'beeline-bench-'));
  cleanUp.add(() => rm(folder, { recursive: true, force: true }));
  await needRoom(folder, roomFor(options));
  const testnet = await openTestnet();
  cleanUp.add(() => testnet.close());
  const hub = await startHub();
  cleanUp.add(() => hub.stop());
  const sideProgram = await buildSide(cleanUp);
  const { bootstrap } = testnet;
  const stage: Stage = { sideProgram, folder, bootstrap, hubUrl: hub.url, cleanUp };
  const warmUp = await runInTwoProcesses(stage, 'raw', { path: '', bytes: WARM_UP_BYTES });

  const unavailable: { readonly name: string; readonly reason: string }[] = [];
  const scp = await Scp.start(folder, cleanUp).catch((thrown: unknown) => {
    unavailable.push({ name: 'scp', reason: reasonOf(thrown) });
    return undefined;
  });
  /** What cannot run says so, and the others are measured all the same. */
  const part = async <T>(name: Part, run: () => Promise<T>): Promise<T | undefined> => {
    if (!parts.has(name)) return undefined;
    return run().catch((thrown: unknown) => {
      if (!cleanUp.isRunning) unavailable.push({ name, reason: reasonOf(thrown) });
      return undefined;
    });
  };
  const file = await part('file', () =>
    runFile(stage, options.bytes ?? quickBytes(transferRate(warmUp)), rounds, scp, (failed) => {
      unavailable.push(failed);
    }),
  );
  const manyFiles = await part('many-files', () =>
    runManyFiles({ stage, files: options.files, rounds, scp, say }),
  );
  const delta = await part('delta', () =>
    runDelta({ stage, bytes: options.changedBytes, rounds, say }),
  );
  const chat = await part('chat', () => runChat({ stage, count: options.roundTrips, rounds, say }));
  const chatMemory = await part('chat-memory', () =>
    runChatMemory({ stage, count: options.messages, say }),
  );
  const call = await part('call', () => runCall({ stage, count: options.calls, say }));
  const long = options.isLong ? await runLong(stage) : undefined;
  return { file, manyFiles, delta, chat, chatMemory, call, unavailable, long };
}

async function runFile(
  stage: Stage,
  bytes: number,
  rounds: number,
  scp: Scp | undefined,
  onFailed: (failed: { readonly name: string; readonly reason: string }) => void,
): Promise<OneFile> {
  say(`Writing ${bytes / MIB} MiB of random bytes.`);
  const source = { path: path.join(stage.folder, 'source.bin'), bytes };
  await writeRandomFile(source.path, bytes);
  const { rows, failed } = await runRounds({ stage, source, count: rounds, scp, say });
  for (const [name, reason] of failed) onFailed({ name, reason });
  await rm(source.path);
  return { bytes, rounds, rows };
}

/** Bytes: of the part that needs the most, since each removes what it made. */
function roomFor({ parts, isLong, bytes, files, changedBytes }: BenchOptions): number {
  return Math.max(
    // The long file is sparse; only its copy takes room.
    isLong ? LONG_BYTES : 0,
    parts.has('file') ? 2 * (bytes ?? GIB) : 0,
    // A file of 4 KiB takes about twice as much with all that a file system keeps of it.
    parts.has('many-files') ? 4 * files * SMALL_FILE_BYTES : 0,
    // The second sending is put together beside what the first one left.
    parts.has('delta') ? 3 * changedBytes : 0,
  );
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
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
