import os from 'node:os';
import type { Delta } from './delta';
import type { ManyFiles } from './manyFiles';
import { type Compared, type Row, toMib } from './rows';
import type { ChatMemory, MomentRow, Talks } from './talks';
import type { Measurement } from './twoProcesses';

export interface Result {
  readonly file: OneFile | undefined;
  readonly manyFiles: ManyFiles | undefined;
  readonly delta: Delta | undefined;
  readonly chat: Talks | undefined;
  readonly chatMemory: ChatMemory | undefined;
  readonly call: Talks | undefined;
  readonly unavailable: readonly { readonly name: string; readonly reason: string }[];
  readonly long: Measurement | undefined;
}

export interface OneFile {
  readonly bytes: number;
  readonly rounds: number;
  readonly rows: readonly Row[];
}

/** One object: what a program reads. */
export function asJson(result: Result): string {
  const { file, manyFiles, delta, chat, chatMemory, call, unavailable, long } = result;
  return JSON.stringify({
    machine: machine(),
    ...(file !== undefined && {
      fileBytes: file.bytes,
      rounds: file.rounds,
      rows: withoutSides(file.rows),
    }),
    ...(manyFiles !== undefined && {
      manyFiles: { ...manyFiles, rows: withoutSides(manyFiles.rows) },
    }),
    ...(delta !== undefined && { delta: { ...delta, rows: withoutSides(delta.rows) } }),
    ...(chat !== undefined && { chat }),
    ...(chatMemory !== undefined && { chatMemory: inMibOf(chatMemory) }),
    ...(call !== undefined && { call }),
    unavailable,
    ...(long !== undefined && {
      long: { fileBytes: long.bytes, sender: inMib(long.sender), receiver: inMib(long.receiver) },
    }),
  });
}

function withoutSides<R extends Compared>(rows: readonly R[]): readonly Omit<R, 'sides'>[] {
  return rows.map(({ sides: _sides, ...row }) => row);
}

/** Tables: what a person reads. */
export function asTables(result: Result): string {
  const { file, manyFiles, delta, chat, chatMemory, call, unavailable, long } = result;
  const { cpu, cores, node, system } = machine();
  const lines = [
    `Between two processes over loopback; ${cpu}, ${cores} cores, ${system}, Node ${node}`,
  ];
  if (file !== undefined) lines.push('', ...fileLines(file));
  if (manyFiles !== undefined) lines.push('', ...manyFilesLines(manyFiles));
  if (delta !== undefined) lines.push('', ...deltaLines(delta));
  if (chat !== undefined) lines.push('', ...chatLines(chat));
  if (chatMemory !== undefined) lines.push('', ...chatMemoryLines(chatMemory));
  if (call !== undefined) lines.push('', ...callLines(call));
  if (unavailable.length > 0) lines.push('');
  for (const { name, reason } of unavailable) {
    lines.push(`${name.padEnd(NAME_WIDTH)} not available: ${reason}`);
  }
  if (long !== undefined) lines.push('', ...longLines(long));
  return `${lines.join('\n')}\n`;
}

function fileLines({ bytes, rounds, rows }: OneFile): string[] {
  return [
    `One file of ${toMib(bytes)} MiB, ${rounds} runs each`,
    line(['', 'MB/s', 'to raw', ...COMPARED_HEADS]),
    ...rows.map((row) => line([row.name, row.mbPerSecond.toFixed(1), ...comparedCells(row)])),
  ];
}

function manyFilesLines({ files, fileBytes, rounds, rows }: ManyFiles): string[] {
  return [
    `A folder with ${files} files of ${fileBytes} bytes, ${rounds} runs each`,
    line(['', 'seconds', 'files/s', 'to scp', ...COMPARED_HEADS]),
    ...rows.map((row) =>
      line([row.name, row.seconds.toFixed(2), String(row.filesPerSecond), ...comparedCells(row)]),
    ),
  ];
}

function deltaLines({ fileBytes, changedShare, rounds, rows }: Delta): string[] {
  return [
    `A file of ${toMib(fileBytes)} MiB, sent again after ${percent(changedShare)} of its pages changed, ` +
      `${rounds} runs each`,
    line(['', 'seconds', 'on wire', 'to whole', ...COMPARED_HEADS]),
    ...rows.map((row) =>
      line([row.name, row.seconds.toFixed(2), percent(row.wireShare), ...comparedCells(row)]),
    ),
  ];
}

function chatLines({ runs, count, rows }: Talks): string[] {
  return [
    `A message of a chat, from the words to delivered; ${runs} runs of ${count} on each way`,
    line(['', 'ms', '90 %', 'longest', 'times raw', ...COMPARED_HEADS]),
    ...rows.map((row) => line(momentCells(row))),
  ];
}

function callLines({ count, rows }: Talks): string[] {
  return [
    `A call, from the click that accepts to a picture on both sides; ${count} calls`,
    line(['', 'ms', '90 %', 'longest', 'times bare', ...COMPARED_HEADS]),
    ...rows.map((row) => line(momentCells(row))),
  ];
}

function momentCells({ name, ms, ninthMs, longestMs, times, spread, sides }: MomentRow): string[] {
  return [
    name,
    ...[ms, ninthMs, longestMs, times].map((each) => each.toFixed(2)),
    `${spread[0].toFixed(2)} – ${spread[1].toFixed(2)}`,
    memory(sides.sender),
    memory(sides.receiver),
  ];
}

function chatMemoryLines(chat: ChatMemory): string[] {
  const { messages, seconds, sender, receiver } = inMibOf(chat);
  return [
    `Resident memory of two engines while ${messages} messages are said in ${seconds} s:`,
    marks('sender', sender),
    marks('receiver', receiver),
  ];
}

function inMibOf({ sender, receiver, ...rest }: ChatMemory) {
  return { ...rest, sender: inMib(sender), receiver: inMib(receiver) };
}

/** After the ratio itself. */
const COMPARED_HEADS = ['least – most', 'MiB sender', 'MiB receiver'];

function comparedCells({ ratio, spread, sides }: Compared): string[] {
  return [
    ratio.toFixed(3),
    `${spread[0].toFixed(3)} – ${spread[1].toFixed(3)}`,
    memory(sides.sender),
    memory(sides.receiver),
  ];
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`;
}

function longLines(long: Measurement): string[] {
  return [
    `Resident memory while version 1 carries ${toMib(long.bytes)} MiB of zeros:`,
    marks('sender', inMib(long.sender)),
    marks('receiver', inMib(long.receiver)),
  ];
}

function marks(name: string, { peak, atTenth, atEnd }: ReturnType<typeof inMib>): string {
  return `${name.padEnd(NAME_WIDTH)} ${atTenth} MiB at 10 %, ${atEnd} MiB at the end, ${peak} MiB at most`;
}

function inMib({ peak, atTenth, atEnd }: Measurement['sender']) {
  return { peak: toMib(peak), atTenth: toMib(atTenth), atEnd: toMib(atEnd) };
}

const NAME_WIDTH = 10;
/** Of the last columns, which all tables have, and of those before them. */
const COMPARED_WIDTHS = [11, 16, 12, 14];
const CELL_WIDTH = 9;

function line([name = '', ...cells]: readonly string[]): string {
  const first = cells.length - COMPARED_WIDTHS.length;
  const padded = cells.map((cell, index) =>
    cell.padStart(COMPARED_WIDTHS[index - first] ?? CELL_WIDTH),
  );
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
