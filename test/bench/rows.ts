import type { Measurement } from './twoProcesses';

/** One line of the result. */
export interface Row {
  readonly name: string;
  /** Millions of bytes in a second: the median. */
  readonly mbPerSecond: number;
  /** Median of what each run has, divided by what the raw stream beside it had. */
  readonly ratio: number;
  /** The least and the greatest of these ratios. For `raw` they are its own, to its own median. */
  readonly spread: readonly [number, number];
  /** MiB resident at the highest, of the side that had more. */
  readonly rssMb: number;
  /** MiB resident at the highest, of each side. */
  readonly sides: { readonly sender: number; readonly receiver: number };
}

/** A run, and the run of the raw stream beside it. */
export interface Pair {
  readonly measured: Measurement;
  readonly raw: Measurement;
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
  const sender = toMib(Math.max(...runs.map((run) => run.sender.peak)));
  const receiver = toMib(Math.max(...runs.map((run) => run.receiver.peak)));
  return {
    name,
    mbPerSecond: round(median(rates), 1),
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

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? NaN) + high) / 2;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
