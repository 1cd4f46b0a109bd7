import os from 'node:os';
import { type Row, toMib } from './rows';
import type { Measurement } from './twoProcesses';

export interface Result {
  readonly bytes: number;
  readonly rounds: number;
  readonly rows: readonly Row[];
  readonly unavailable: readonly { readonly name: string; readonly reason: string }[];
  readonly long: Measurement | undefined;
}

/** One object: what a program reads. */
export function asJson({ rows, unavailable, long, bytes, rounds }: Result): string {
  return JSON.stringify({
    machine: machine(),
    fileBytes: bytes,
    rounds,
    rows: rows.map(({ name, mbPerSecond, ratio, spread, rssMb }) => ({
      name,
      mbPerSecond,
      ratio,
      spread,
      rssMb,
    })),
    unavailable,
    ...(long !== undefined && {
      long: { fileBytes: long.bytes, sender: inMib(long.sender), receiver: inMib(long.receiver) },
    }),
  });
}

/** A table: what a person reads. */
export function asTable({ bytes, rounds, rows, unavailable, long }: Result): string {
  const { cpu, cores, node, system } = machine();
  const lines = [
    `${toMib(bytes)} MiB over loopback between two processes, ${rounds} runs each`,
    `${cpu}, ${cores} cores, ${system}, Node ${node}`,
    '',
    line(['', 'MB/s', 'to raw', 'least – most', 'MiB sender', 'MiB receiver']),
    ...rows.map(({ name, mbPerSecond, ratio, spread, sides }) =>
      line([
        name,
        mbPerSecond.toFixed(1),
        ratio.toFixed(3),
        `${spread[0].toFixed(3)} – ${spread[1].toFixed(3)}`,
        memory(sides.sender),
        memory(sides.receiver),
      ]),
    ),
    ...unavailable.map(({ name, reason }) => `${name.padEnd(NAME_WIDTH)} not available: ${reason}`),
  ];
  if (long !== undefined) lines.push('', ...longLines(long));
  return `${lines.join('\n')}\n`;
}

function longLines(long: Measurement): string[] {
  const each = (name: string, { peak, atTenth, atEnd }: ReturnType<typeof inMib>): string =>
    `${name.padEnd(NAME_WIDTH)} ${atTenth} MiB at 10 %, ${atEnd} MiB at the end, ${peak} MiB at most`;
  return [
    `Resident memory while version 1 carries ${toMib(long.bytes)} MiB of zeros:`,
    each('sender', inMib(long.sender)),
    each('receiver', inMib(long.receiver)),
  ];
}

function inMib({ peak, atTenth, atEnd }: Measurement['sender']) {
  return { peak: toMib(peak), atTenth: toMib(atTenth), atEnd: toMib(atEnd) };
}

const NAME_WIDTH = 10;
const CELL_WIDTHS = [9, 8, 16, 12, 14];

function line([name = '', ...cells]: readonly string[]): string {
  const padded = cells.map((cell, index) => cell.padStart(CELL_WIDTHS[index] ?? 0));
  return `${name.padEnd(NAME_WIDTH)}${padded.join('')}`.trimEnd();
}

function memory(mib: number): string {
  return mib === 0 ? '' : String(mib);
}

function machine() {
  const [first] = os.cpus();
  return {
    cpu: first?.model.trim() ?? 'unknown processor',
    cores: os.availableParallelism(),
    memoryMb: toMib(os.totalmem()),
    system: `${os.type()} ${os.arch()}`,
    node: process.versions.node,
  };
}
