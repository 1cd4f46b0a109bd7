import type { ContenderName, Moments } from './contender';
import { median, round, toMib } from './rows';
import { type Measurement, type Stage, runInTwoProcesses } from './twoProcesses';

/** One kind of moment, and what it is compared with. */
export interface MomentRow {
  readonly name: string;
  /** Milliseconds: the median, and what nine of ten and the longest took. */
  readonly ms: number;
  readonly ninthMs: number;
  readonly longestMs: number;
  /** How often as long as what was measured beside it: of the medians. */
  readonly times: number;
  /** The same of each run by itself: the least and the greatest. */
  readonly spread: readonly [number, number];
  readonly sides: { readonly sender: number; readonly receiver: number };
}

export interface Talks {
  readonly runs: number;
  /** In each run. */
  readonly count: number;
  /** What the others are compared with comes first. */
  readonly rows: readonly MomentRow[];
}

export interface ChatMemory {
  readonly messages: number;
  readonly seconds: number;
  readonly sender: Measurement['sender'];
  readonly receiver: Measurement['receiver'];
}

interface Options {
  readonly stage: Stage;
  readonly count: number;
  readonly say: (sentence: string) => void;
}

/** Milliseconds that one of many messages may take: each side takes 50 a second. */
const MESSAGE_LIMIT_MS = 25;
/** Milliseconds that one moment may take, with all that is around it. */
const MOMENT_LIMIT_MS = { chat: 1_000, call: 60_000 } as const;

/** Round trips of a chat on each of its ways, and of a bare data channel beside them. */
export function runChat(options: Options & { readonly rounds: number }): Promise<Talks> {
  return runMoments(options, 'chat', 'raw');
}

/** From accepting a call to a picture on both sides, and two bare connections beside it. */
export function runCall(options: Options): Promise<Talks> {
  return runMoments({ ...options, rounds: 1 }, 'call', 'bare');
}

/** Many messages, for the memory. */
export async function runChatMemory({ stage, count, say }: Options): Promise<ChatMemory> {
  say(`Saying ${String(count)} messages.`);
  const lastsMs = count * MESSAGE_LIMIT_MS;
  const source = { path: '', bytes: 0, count, lastsMs };
  const { timing, sender, receiver } = await runInTwoProcesses(stage, 'chat-memory', source);
  return { messages: count, seconds: round(timing.transferMs / 1000, 1), sender, receiver };
}

async function runMoments(
  { stage, count, rounds, say }: Options & { readonly rounds: number },
  contender: ContenderName & keyof typeof MOMENT_LIMIT_MS,
  base: string,
): Promise<Talks> {
  const runs: Measurement[] = [];
  for (let index = 0; index < rounds; index++) {
    const lastsMs = 4 * count * MOMENT_LIMIT_MS[contender];
    const source = { path: '', bytes: 0, count, lastsMs };
    const run = await runInTwoProcesses(stage, contender, source);
    runs.push(run);
    const told = Object.entries(run.timing.moments ?? {}).map(
      ([name, { measured, base: bare }]) =>
        `${name} ${median(measured).toFixed(2)} ms (${base} ${median(bare).toFixed(2)})`,
    );
    say(`${index + 1}/${rounds} ${told.join(', ')}`);
  }
  return { runs: rounds, count, rows: momentRows(runs, base) };
}

function momentRows(runs: readonly Measurement[], base: string): MomentRow[] {
  const names = Object.keys(runs[0]?.timing.moments ?? {});
  const of = (name: string): Moments[] =>
    runs.flatMap(({ timing }) => timing.moments?.[name] ?? []);
  const bare = names.flatMap(of).map((each) => ({ measured: each.base, base: each.base }));
  return [row(base, bare, runs), ...names.map((name) => row(name, of(name), runs))];
}

function row(name: string, all: readonly Moments[], runs: readonly Measurement[]): MomentRow {
  const measured = all.flatMap((each) => each.measured).sort((a, b) => a - b);
  const ratios = all.map((each) => median(each.measured) / median(each.base));
  const at = (share: number): number =>
    round(measured[Math.ceil(share * measured.length) - 1] ?? NaN, 2);
  return {
    name,
    ms: round(median(measured), 2),
    ninthMs: at(0.9),
    longestMs: at(1),
    times: round(median(ratios), 2),
    spread: [round(Math.min(...ratios), 2), round(Math.max(...ratios), 2)],
    sides: {
      sender: toMib(Math.max(...runs.map((run) => run.sender.peak))),
      receiver: toMib(Math.max(...runs.map((run) => run.receiver.peak))),
    },
  };
}
