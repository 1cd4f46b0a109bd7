import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { BuiltTargets } from './buildTargets';
import { CURRENT_HEAD_BYTES, type Answer, type Order } from './loop/order';
import type { TargetName } from './target';

export interface FuzzOptions {
  readonly seed: number;
  /** For new inputs. */
  readonly milliseconds: number;
  /** Whether the target's corpus in the repository is written anew. */
  readonly keep: boolean;
  /** A folder that nobody else uses at this time. */
  readonly scratch: string;
}

export interface FuzzResult {
  readonly passed: boolean;
  /** For a person: a line, or what broke and how to see it again. */
  readonly report: string;
}

/** Milliseconds for one input until it hangs: it may take a second, on a machine that has others. */
const STUCK_MS = 10_000;
const LOOK_MS = 500;
/** Mebibytes of JavaScript's heap in which everything has to fit. */
const HEAP_MB = 256;
/** Characters of what the process said besides. */
const LAST_WORDS = 4000;

/** Attacks one target in a process of its own, which may hang or die without harm. */
export async function fuzzTarget(
  name: TargetName,
  built: BuiltTargets,
  { seed, milliseconds, keep, scratch }: FuzzOptions,
): Promise<FuzzResult> {
  const currentInput = path.join(scratch, `${name}.input`);
  const order: Order = {
    bundle: built.bundleOf(name),
    corpus: path.resolve('test/fuzz/corpus', name),
    currentInput,
    seed,
    milliseconds,
    keep,
  };
  const answer = await ask(built.loop, order);
  if (answer.kind === 'held') return { passed: true, report: line(name, answer) };
  const input = await readCurrent(currentInput);
  const folder = path.resolve('out/fuzz/findings');
  const digest = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const file = path.join(folder, `regression-${name}-${digest}`);
  await fs.mkdir(folder, { recursive: true });
  await fs.writeFile(file, input);
  const report = [
    `${name}: ${answer.message}`,
    answer.stack,
    `The input has ${String(input.length)} bytes and is in ${path.relative('.', file)}; in base64:`,
    input.toString('base64'),
    `Seed ${String(seed)}. Put the file into test/fuzz/corpus/${name}/ and it is tried first.`,
  ];
  return { passed: false, report: report.join('\n') };
}

function line(name: string, { runs, accepted, found, reached }: Answer & { kind: 'held' }): string {
  const { statements, allStatements, branches, allBranches } = reached;
  return (
    `${name}: ${String(runs)} runs, ${String(accepted)} accepted, ${String(found)} inputs found, ` +
    `${String(statements)} of ${String(allStatements)} statements, ` +
    `${String(branches)} of ${String(allBranches)} branches`
  );
}

/** Runs the loop, and watches that it goes on. */
async function ask(loop: string, order: Order): Promise<Answer> {
  const flags = ['--expose-gc', '--enable-source-maps', `--max-old-space-size=${String(HEAP_MB)}`];
  const child = spawn(process.execPath, [...flags, loop, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
  }
  const stuck = new AbortController();
  let last = '';
  let since = performance.now();
  const watch = setInterval(() => {
    void readHead(order.currentInput).then((head) => {
      if (head !== last) since = performance.now();
      last = head;
      if (performance.now() - since < STUCK_MS) return;
      stuck.abort();
      child.kill('SIGKILL');
    });
  }, LOOK_MS);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...how) => {
      resolve(how);
    });
  });
  clearInterval(watch);
  const words = said.join('').trimEnd();
  if (stuck.signal.aborted)
    return violated(`an input that does not end within ${String(STUCK_MS / 1000)} s`, words);
  const answer = parse(words.slice(words.lastIndexOf('\n') + 1));
  if (answer !== undefined) return answer;
  // Node ends when nothing is left that could settle what is waited for.
  if (code === 0) return violated('a promise that is never settled', words);
  return violated(`the process died (${signal ?? String(code)})`, words);
}

function violated(message: string, words: string): Answer {
  return { kind: 'violated', message, stack: words.slice(-LAST_WORDS) };
}

function parse(text: string): Answer | undefined {
  try {
    const value = JSON.parse(text) as Partial<Answer>;
    return value.kind === undefined ? undefined : (value as Answer);
  } catch {
    return undefined;
  }
}

/** The number of the input that is being run. */
async function readHead(file: string): Promise<string> {
  const bytes = await fs.readFile(file).catch(() => Buffer.alloc(0));
  return bytes.subarray(0, CURRENT_HEAD_BYTES).toString('hex');
}

async function readCurrent(file: string): Promise<Buffer> {
  const bytes = await fs.readFile(file).catch(() => Buffer.alloc(CURRENT_HEAD_BYTES));
  return bytes.subarray(CURRENT_HEAD_BYTES, CURRENT_HEAD_BYTES + bytes.readUInt32BE(4));
}
