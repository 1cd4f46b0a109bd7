import type { MessagePart, Task } from '../core/ats/types';
import { displayText } from './output/displayText';
import { bytesText } from '../core/units';
import { durationText } from './output/durationText';
import { shapeText } from './output/shapeText';
import type { LocalStatus } from './localStatus';
import { peerText, viaTexts } from './output/peerText';
import type { StatusReport } from './status';

/** Characters of one message of a thread; its writer may be anybody. */
const MAX_MESSAGE = 300;
/** Messages shown; the last ones say how it ended. */
const MAX_THREAD = 30;

/** A status as a person reads it. */
export function statusText(report: StatusReport): string {
  return [
    `Transfer ${displayText(report.transferId)}`,
    ...(report.local === null ? ['  Here       not known'] : localLines(report.local)),
    ...(report.task === null ? [] : taskLines(report.task)),
    ...(report.task === null && report.problem === undefined
      ? ['  Service    does not know it']
      : []),
    ...(report.problem === undefined
      ? []
      : [`  Service    ${displayText(report.problem.message, MAX_MESSAGE)}`]),
  ].join('\n');
}

function localLines(local: LocalStatus): string[] {
  const way = local.direction === 'send' ? 'to' : 'from';
  return [
    `  ${local.kind === 'file' ? 'File  ' : 'Folder'}     ${displayText(local.fileName)} (${shapeText(local, local.fileSize)}) ` +
      `${way} ${peerText(local.peer, local.agent)}`,
    `  Here       ${local.state}${detailOf(local)}`,
    `  Started    ${displayText(local.startedAt)}`,
    ...(local.path === undefined ? [] : [`  Path       ${displayText(local.path, MAX_MESSAGE)}`]),
    ...(local.sha256 === undefined ? [] : [`  SHA-256    ${local.sha256}`]),
    ...(local.sha256 !== undefined || local.treeHash === undefined
      ? []
      : [`  Tree hash  ${displayText(local.treeHash)}`]),
    ...(local.receipt === undefined ? [] : [`  Receipt    ${displayText(local.receipt)}`]),
  ];
}

function detailOf(local: LocalStatus): string {
  if (local.error !== undefined) return `: ${displayText(local.error.message, MAX_MESSAGE)}`;
  if (local.durationMs !== undefined) {
    const via = local.via === undefined ? '' : `, ${viaTexts[local.via]}`;
    const spared =
      local.spared === undefined || local.spared === 0
        ? ''
        : `, ${bytesText(local.spared)} were there already`;
    return ` in ${durationText(local.durationMs)}${via}${spared}`;
  }
  return '';
}

function taskLines(task: Task): string[] {
  const thread = (task.messages ?? []).slice(-MAX_THREAD);
  return [
    `  Task       ${String(task.id)} ${task.status}, ` +
      `changed ${displayText(task.updatedAt)}${task.channel === undefined ? '' : `, channel ${displayText(task.channel)}`}`,
    ...(thread.length === 0 ? [] : ['  Thread']),
    ...thread.map(
      (message) =>
        `    ${displayText(message.createdAt)} ${displayText(message.actorId ?? 'somebody')}: ` +
        message.parts.map(partText).join(' '),
    ),
  ];
}

function partText(part: MessagePart): string {
  const text = typeof part.content === 'string' ? part.content : JSON.stringify(part.content);
  return displayText(text, MAX_MESSAGE);
}
