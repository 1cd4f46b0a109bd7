import type { CallEnd } from '../../core/callEvents';
import { countText } from '../../core/units';
import type {
  CallReport,
  ChatListedReport,
  ChatReport,
  HistoryReport,
  OfflineReport,
  Said,
} from './chatReport';
import { displayLines } from './displayLines';
import { displayText } from './displayText';
import { durationText } from './durationText';

/** Characters of an error that quotes the other side, and of a path in its workspace. */
const MAX_MESSAGE = 600;
const MAX_PATH = 200;
/** Under the beginning of a message, so that its further lines belong to it for the eye too. */
const INDENT = '      ';
/** Hex digits of a key id that name an agent; a name is the other side's word, and may be a command. */
const SHOWN_KID = 8;
/** Characters of a message in a list. */
const MAX_PREVIEW = 60;

/** A report of chats and calls as a person reads it. */
export function chatSentence(report: ChatReport): string {
  switch (report.event) {
    case 'connected':
      return `${displayText(report.from)}: ${report.path === 'direct' ? 'direct' : RELAYED}`;
    case 'offline':
      return offlineSentence(report);
    case 'text':
    case 'code':
    case 'file':
      return `${timeText(report.at)} ${displayText(report.from)}: ${saidText(report)}`;
    case 'history':
      return historySentence(report);
    case 'typing':
      return typingText(report.from, report.typing);
    case 'queued':
      return 'queued';
    case 'sent':
    case 'delivered':
    case 'read':
      return `${INDENT}${report.event}`;
    case 'answered':
      return `answered ${displayText(report.from)}`;
    case 'error':
      return (
        (report.line === undefined ? '' : `line ${String(report.line)}: `) +
        displayText(report.message, MAX_MESSAGE)
      );
    case 'ended':
      return report.waiting === 0
        ? 'The chat is over here.'
        : `${countText(report.waiting, 'message waits', 'messages wait')} and will be sent ` +
            'when the agent is back and Beeline runs for this home.';
    case 'chat':
      return listedSentence(report);
    case 'call':
      return callSentence(report);
    case 'page':
      return `The call is on this page, in a browser of this machine:\n  ${report.url}`;
  }
}

const RELAYED = 'relayed (end-to-end encrypted)';

export function typingText(from: string, isTyping: boolean): string {
  return `${displayText(from)} ${isTyping ? 'is writing…' : 'has stopped writing'}`;
}

function offlineSentence({ from, message }: OfflineReport): string {
  if (message !== undefined) return displayText(message, MAX_MESSAGE);
  return `offline: will be sent when ${displayText(from)} is back`;
}

function historySentence({ from, own, said, at, state }: HistoryReport): string {
  const who = own ? 'you' : displayText(from);
  const mark = own && (state === 'waiting' || state === 'sent') ? ` (${state})` : '';
  return `${dayText(at)} ${who}: ${saidText(said)}${mark}`;
}

function saidText(said: Said): string {
  switch (said.event) {
    case 'text':
      return displayLines(said.text, INDENT);
    case 'code': {
      const { startLine, endLine } = said.range;
      const lines = startLine === endLine ? String(startLine) : `${startLine}-${endLine}`;
      const place = `${displayText(said.path, MAX_PATH)}:${lines}`;
      return `${place}\n${INDENT}${displayLines(said.text, INDENT)}`;
    }
    case 'file':
      return `files, transfer ${displayText(said.transferId)}`;
  }
}

function listedSentence(report: ChatListedReport): string {
  const { from, path, unread, waiting, last } = report;
  const counts = [
    unread === 0 ? '' : `${String(unread)} unread`,
    waiting === 0 ? '' : `${String(waiting)} waiting`,
  ].filter((text) => text !== '');
  const preview =
    last === undefined
      ? []
      : [
          `${dayText(last.at)} ${last.own ? 'you: ' : ''}` +
            displayText(saidText(last.said).replace(/\s+/g, ' '), MAX_PREVIEW),
        ];
  const way = path === undefined ? [] : [path];
  return [displayText(from), ...way, ...counts, ...preview].join('  ');
}

const endTexts: Readonly<Record<CallEnd, string>> = {
  hungUp: 'you hung up',
  hungUpByPeer: 'they hung up',
  declined: 'declined',
  refused: 'you declined',
  busy: 'busy in another call',
  unavailable: 'nobody there takes calls just now',
  unanswered: 'no answer',
  missed: 'missed',
  cancelled: 'cancelled',
  failed: 'no connection',
};

function callSentence(report: CallReport): string {
  const who = displayText(report.from);
  switch (report.state) {
    case 'ringing':
      return report.direction === 'out'
        ? `Calling ${who}: ringing.`
        : `${who} is calling${report.video ? ' with video' : ''}. Accept with: beeline call ${report.kid.slice(0, SHOWN_KID)}`;
    case 'connecting':
      return `${who}: connecting.`;
    case 'connected':
      return `${who}: connected, ${report.path === 'relayed' ? RELAYED : 'direct'}.`;
    case 'reconnecting':
      return `${who}: the connection is lost, looking for another way.`;
    case 'ended': {
      const took = report.durationMs ?? 0;
      const lasted = took > 0 ? `, after ${durationText(took)}` : '';
      const why =
        report.message === undefined ? '' : ` ${displayText(report.message, MAX_MESSAGE)}`;
      return `The call with ${who} is over: ${endTexts[report.reason ?? 'failed']}${lasted}.${why}`;
    }
  }
}

/** Hours and minutes here. */
export function timeText(at: string): string {
  return new Date(at).toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
}

/** With the day where it is another one than today. */
function dayText(at: string): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? timeText(at) : `${date.toLocaleDateString()} ${timeText(at)}`;
}
