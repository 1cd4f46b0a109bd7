import type { Progress, Transfer } from '../../core/events';
import { isEnded } from '../../core/events';
import { pathText } from './agentText';
import { contentName } from './contentText';
import { noticeText } from './displayText';
import { interruptedText } from './interruptedText';
import { bytesText, percentOf, rateText } from '../../core/units';
import { countText, timeLeftText } from './wording';

/** What a progress notification shows for one sending or receiving, of one or several files. */
export interface ProgressView {
  readonly message: string;
  /** Absent while nothing can be measured. */
  readonly percent?: number;
}

export function progressView(transfers: readonly Transfer[]): ProgressView {
  const [first, ...others] = transfers;
  if (first === undefined) return { message: 'Starting' };
  if (others.length === 0) return oneView(first);
  return severalView(transfers);
}

export function progressTitle(transfers: readonly Transfer[], count: number): string {
  const first = transfers[0];
  if (first === undefined) return 'Sending';
  const what = count === 1 ? contentName(first, noticeText) : countText(count, 'file');
  return first.direction === 'send'
    ? `Sending ${what} to ${noticeText(first.peerId)}`
    : `Receiving ${what} from ${noticeText(first.peerId)}`;
}

/** Running bytes of several transfers together, for the status bar. */
export function totalPercent(transfers: readonly Transfer[]): number | undefined {
  let bytes = 0;
  let total = 0;
  for (const { state } of transfers) {
    if (state.kind !== 'transferring') continue;
    bytes += state.progress.bytes;
    total += state.progress.total;
  }
  return transfers.some(({ state }) => state.kind === 'transferring')
    ? percentOf(bytes, total)
    : undefined;
}

function oneView(transfer: Transfer): ProgressView {
  const { state, peerId, direction, kind } = transfer;
  const peer = noticeText(peerId);
  switch (state.kind) {
    case 'hashing':
      return {
        message: `reading the ${kind === 'file' ? 'file' : 'files'}, ${percentText(state.progress)}`,
      };
    case 'waiting':
      return {
        message: direction === 'send' ? `waiting until ${peer} accepts` : 'waiting',
      };
    case 'connecting':
      return {
        message: state.again
          ? 'the connection was lost, connecting again'
          : `connecting to ${peer}`,
      };
    case 'interrupted':
      return { message: interruptedText(transfer, noticeText) };
    case 'transferring':
      return {
        message: [
          measuredText(state.progress),
          ...(state.via === undefined ? [] : [pathText(state.via)]),
        ].join(', '),
        percent: percentOf(state.progress.bytes, state.progress.total),
      };
    case 'confirming':
      return { message: `delivered, ${peer} confirms`, percent: 100 };
    case 'completed':
      return { message: 'done', percent: 100 };
    case 'failed':
      return { message: 'failed' };
  }
}

function severalView(transfers: readonly Transfer[]): ProgressView {
  const ended = transfers.filter(isEnded).length;
  let bytes = 0;
  let rate = 0;
  let total = 0;
  for (const { state, fileSize } of transfers) {
    total += fileSize;
    if (state.kind === 'transferring') {
      bytes += state.progress.bytes;
      rate += state.progress.rate;
    } else if (state.kind === 'completed' || state.kind === 'confirming') {
      bytes += fileSize;
    }
  }
  const done = `${String(ended)} of ${countText(transfers.length, 'file')} done`;
  if (rate === 0) {
    const waiting = transfers.filter(({ state }) => state.kind === 'waiting').length;
    return {
      message: waiting > 0 ? `${done}, ${String(waiting)} not yet accepted` : done,
      ...(bytes > 0 && { percent: percentOf(bytes, total) }),
    };
  }
  const timeLeft = ((total - bytes) / rate) * 1000;
  return {
    message: `${done}, ${measuredText({ bytes, total, rate, timeLeft })}`,
    percent: percentOf(bytes, total),
  };
}

function measuredText({ bytes, total, rate, timeLeft }: Progress): string {
  return [
    `${bytesText(bytes)} of ${bytesText(total)}`,
    ...(rate > 0 ? [rateText(rate)] : []),
    ...(timeLeft === undefined ? [] : [timeLeftText(timeLeft)]),
  ].join(', ');
}

function percentText({ bytes, total }: Progress): string {
  return `${String(percentOf(bytes, total))}%`;
}
