import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { CleanUp } from './cleanUp';
import type { ContenderName, Timing } from './contender';
import { endProcess } from './endProcess';
import type { MemoryMarks } from './memoryWatch';
import { assertSameTree } from './sameTree';
import type { OrderWord, SideOrder, SideWord } from './side';

export interface Stage {
  /** The program of a side, ready for Node. */
  readonly sideProgram: string;
  /** For what arrives. */
  readonly folder: string;
  readonly bootstrap: readonly string[];
  /** For contenders that need a hub. */
  readonly hubUrl?: string | undefined;
  readonly cleanUp: CleanUp;
}

/** What is sent, or how often something is measured. */
export interface Source {
  readonly path: string;
  readonly bytes: number;
  readonly count?: number;
  /** Milliseconds that it may take at most, where bytes do not say so. */
  readonly lastsMs?: number;
}

export interface Measurement {
  readonly bytes: number;
  readonly timing: Timing;
  readonly sender: MemoryMarks;
  readonly receiver: MemoryMarks;
}

/** Milliseconds that a run may take before anything has arrived; then something is wrong. */
const START_LIMIT_MS = 60_000;
/** Bytes a millisecond below which a run is given up: 2 MB/s. */
const SLOWEST = 2_000;

/** Runs one contender in two fresh processes. */
export async function runInTwoProcesses(
  { sideProgram, folder, bootstrap, hubUrl, cleanUp }: Stage,
  contender: ContenderName,
  source: Source,
): Promise<Measurement> {
  const { bytes, path: sourcePath, count = 0, lastsMs = bytes / SLOWEST } = source;
  const targetFolder = await mkdtemp(path.join(folder, `${contender}-`));
  const order = { contender, bytes, count, sourcePath, targetFolder, bootstrap, hubUrl };
  const sides = [fork(sideProgram, { execArgv: [] }), fork(sideProgram, { execArgv: [] })] as const;
  const undo = cleanUp.add(async () => {
    await Promise.all(sides.map(endProcess));
    await rm(targetFolder, { recursive: true, force: true });
  });
  try {
    const limit = START_LIMIT_MS + lastsMs;
    const [sent, received] = await Promise.all([
      follow(sides[0], sides[1], { ...order, role: 'send' }, limit),
      follow(sides[1], sides[0], { ...order, role: 'receive' }, limit),
    ]);
    if (sent.timing === undefined) throw new Error('the sender measured nothing');
    // Here, where it costs neither the time nor the memory that are measured.
    if (received.received !== undefined) await assertSameTree(sourcePath, received.received);
    return { bytes, timing: sent.timing, sender: sent.memory, receiver: received.memory };
  } finally {
    await undo();
  }
}

type Report = Extract<SideWord, { kind: 'report' }>['report'];

function follow(
  side: ChildProcess,
  other: ChildProcess,
  order: SideOrder,
  limitMs: number,
): Promise<Report> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`it took longer than ${Math.round(limitMs / 1000)} s`));
    }, limitMs);
    side.on('message', (word: SideWord) => {
      if (word.kind === 'tell') tell(other, { kind: 'hear', word: word.word });
      else if (word.kind === 'failed') reject(new Error(word.reason));
      else {
        clearTimeout(timer);
        resolve(word.report);
      }
    });
    side.once('error', reject);
    side.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`the ${order.role} process ended (${String(signal ?? code)})`));
    });
    tell(side, { kind: 'order', order });
  });
}

function tell(side: ChildProcess, word: OrderWord): void {
  // A side that is gone is noticed by its exit.
  if (side.connected) side.send(word, () => undefined);
}
