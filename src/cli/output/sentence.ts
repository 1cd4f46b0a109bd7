import { chatSentence } from './chatSentence';
import { displayText } from './displayText';
import { calledText, peerText, viaTexts } from './peerText';
import { completedSentence } from './completedSentence';
import { folderSentence } from './folderSentence';
import { interruptedText } from './interruptedText';
import { pairingSentence } from './pairingSentence';
import type { FailedReport, ListeningReport, OfferReport, Report } from './report';
import { shapeText } from './shapeText';
import { bytesText, percentOf, rateText } from '../../core/units';
import { durationText } from './durationText';

/** Characters; errors quote the other side, and an explanation may be longer than a name. */
const MAX_MESSAGE = 600;

/** A report as a person reads it, on one line (`listening` takes a few). */
export function sentenceOf(report: Report): string {
  switch (report.event) {
    case 'listening':
      return listening(report);
    case 'offer':
      return offer(report);
    case 'offered':
      return (
        `${displayText(report.fileName)} (${shapeText(report, report.fileSize)}): offered to ` +
        `${peerText(report.to, report.agent)}, waiting for an answer (transfer ${report.transferId})`
      );
    case 'progress':
      return (
        `${displayText(report.fileName)}: ${String(percentOf(report.bytes, report.total))} % ` +
        `(${bytesText(report.bytes)} of ${bytesText(report.total)}` +
        // Nothing is known of a rate until some bytes were counted over a while.
        (report.rate === 0 ? '' : `, ${rateText(report.rate)}`) +
        (report.timeLeft === undefined ? '' : `, ${durationText(report.timeLeft)} left`) +
        (report.via === undefined ? ')' : `, ${viaTexts[report.via]})`)
      );
    case 'interrupted':
      return `${displayText(report.fileName)}: ${interruptedText(report)}`;
    case 'completed':
      return completedSentence(report);
    case 'failed':
      return failed(report);
    case 'measured':
    case 'state':
    case 'watching':
    case 'grant':
    case 'revoked':
      return folderSentence(report);
    case 'invite':
    case 'confirm':
    case 'paired':
    case 'agent':
    case 'changed':
      return pairingSentence(report);
    case 'connected':
    case 'offline':
    case 'text':
    case 'code':
    case 'file':
    case 'history':
    case 'typing':
    case 'queued':
    case 'sent':
    case 'delivered':
    case 'read':
    case 'answered':
    case 'error':
    case 'ended':
    case 'chat':
    case 'call':
    case 'page':
      return chatSentence(report);
  }
}

function listening(report: ListeningReport): string {
  const who = displayText(report.actorId);
  const limit =
    report.maxSize === undefined ? '' : ` of at most ${String(report.maxSize)} bytes each`;
  const folder = displayText(report.saveDir, MAX_MESSAGE);
  const paired = report.pairedOnly === true;
  const anybody = paired ? 'a paired agent' : 'anybody';
  const policy = {
    everyone: `Accepting every file and folder${limit} that ${anybody} offers to ${who}, into ${folder}. Use --allow or --ask to choose.`,
    allowed: `Accepting every file and folder${limit} from ${(report.allow ?? []).map((id) => displayText(id)).join(', ')}, into ${folder}. Other offers are not accepted.`,
    asked: `Asking about every file and folder${limit}${paired ? ' of a paired agent' : ''}; what you accept is saved in ${folder}.`,
  }[report.accepts];
  return [
    `Listening as ${who} on ${displayText(report.channel)} at ${displayText(report.url)}.`,
    policy,
    ...(report.update === true
      ? ['Folders that their sender sent before are brought up to date; what you changed stays.']
      : []),
    ...(report.allowDelete === true
      ? ['Syncs that you accept remove here what they removed there.']
      : []),
    ...(report.chat === undefined
      ? []
      : [
          `What paired agents write is ${report.chat === 'told' ? 'shown' : 'shown and answered'}.`,
        ]),
    paired
      ? 'Only paired agents are heard, who prove who they are. Ctrl-C ends listening.'
      : 'Of agents that are not paired only the task service says who they are; it is not verified. Ctrl-C ends listening.',
  ].join('\n');
}

function offer(report: OfferReport): string {
  const what =
    `${displayText(report.fileName)} (${shapeText(report, report.fileSize)}) ` +
    `from ${senderText(report)}`;
  switch (report.decision) {
    case 'accept':
      return `${what}: ${report.sync?.granted === true ? 'bringing your copy up to date' : 'accepting'}`;
    case 'ask':
      return `${what}: offered`;
    case 'leave':
      return `${what}: left alone${report.reason === undefined ? '' : `, ${report.reason}`}`;
  }
}

/** Who offers, and what that is worth. */
function senderText({ from, trust, agent }: OfferReport): string {
  switch (trust) {
    case 'verified':
      return `${agent === undefined ? displayText(from) : calledText(agent.name, from)} (verified)`;
    case 'unverified':
      return `${displayText(from)} (unverified)`;
    case 'claims':
      return `somebody who claims to be ${displayText(agent?.name ?? from)} and has not proven it`;
  }
}

function failed(report: FailedReport): string {
  const about = report.fileName ?? report.path;
  const message = displayText(report.message, MAX_MESSAGE);
  // A sentence about a path already names it.
  if (about === undefined || message.includes(displayText(about))) return message;
  return `${displayText(about)}: ${message}`;
}
