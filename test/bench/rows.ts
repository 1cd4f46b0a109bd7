import type { Measurement } from './twoProcesses';

/** What every line of the result has: how it compares, and what it took. */
export interface Compared {
  readonly name: string;
  /** Median of how often as fast each run was as the run beside it that it is compared with. */
  readonly ratio: number;
  /** The least and the greatest of these. For what the others are compared with, to its median. */
  readonly spread: readonly [number, number];
  /** MiB resident at the highest, of the side that had more. */
  readonly rssMb: number;
  /** MiB resident at the highest, of each side. */
  readonly sides: { readonly sender: number; readonly receiver: number };
}

/** One way of carrying one file. */
export interface Row extends Compared {
  /** Millions of bytes in a second: the median. */
  readonly mbPerSecond: number;
}

/** A run, and the run of the raw stream beside it. */
export interface Pair {
  readonly measured: Measurement;
  readonly raw: Measurement;
}

/** Lines of which all but the first are compared with the first, run by run. */
export function comparedRows(
  columns: readonly { readonly name: string; readonly runs: readonly Measurement[] }[],
): readonly (Compared & { readonly seconds: number })[] {
  const base = columns[0]?.runs.map(({ timing }) => timing.transferMs) ?? [];
  return columns.map(({ name, runs }, index) => {
    const times = runs.map(({ timing }) => timing.transferMs);
    const middle = median(times);
    const ratios = times.map((ms, run) => (index === 0 ? middle : (base[run] ?? NaN)) / ms);
    return { ...compared(name, ratios, runs), seconds: round(middle / 1000, 3) };
  });
}

export function rawRow(runs: readonly Measurement[]): Row {
  const rates = runs.map(transferRate);
  const middle = median(rates);
  return row('raw', rates, ratiosTo(rates, middle), runs);
}

export function contenderRow(name: string, pairs: readonly Pair[]): Row {
  const rates = pairs.map(({ measured }) => transferRate(measured));
  const ratios = pairs.map(({ raw }, index) => (rates[index] ?? 0) / transferRate(raw));
  return row(name, rates, ratios, measuredOf(pairs));
}

/** Hashing before the offer, of the runs that did. Its memory is that of the whole run. */
export function hashRow(name: string, pairs: readonly Pair[]): Row {
  const rates = pairs.map(({ measured }) => rate(measured.bytes, measured.timing.hashMs ?? 0));
  const ratios = pairs.map(({ raw }, index) => (rates[index] ?? 0) / transferRate(raw));
  const { sides, ...rest } = row(name, rates, ratios, measuredOf(pairs));
  return { ...rest, rssMb: sides.sender, sides: { sender: sides.sender, receiver: 0 } };
}

export function transferRate({ bytes, timing }: Measurement): number {
  return rate(bytes, timing.transferMs);
}

export function toMib(bytes: number): number {
  return round(bytes / (1024 * 1024), 0);
}

function row(
  name: string,
  rates: readonly number[],
  ratios: readonly number[],
  runs: readonly Measurement[],
): Row {
  return { ...compared(name, ratios, runs), mbPerSecond: round(median(rates), 1) };
}

function compared(name: string, ratios: readonly number[], runs: readonly Measurement[]): Compared {
  const sender = toMib(Math.max(...runs.map((run) => run.sender.peak)));
  const receiver = toMib(Math.max(...runs.map((run) => run.receiver.peak)));
  return {
    name,
    ratio: round(median(ratios), 3),
    spread: [round(Math.min(...ratios), 3), round(Math.max(...ratios), 3)],
    rssMb: Math.max(sender, receiver),
    sides: { sender, receiver },
  };
}

function measuredOf(pairs: readonly Pair[]): readonly Measurement[] {
  return pairs.map(({ measured }) => measured);
}

function ratiosTo(rates: readonly number[], base: number): readonly number[] {
  return rates.map((each) => each / base);
}

/** Millions of bytes in a second. */
function rate(bytes: number, ms: number): number {
  return bytes / 1000 / ms;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? NaN) + high) / 2;
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
