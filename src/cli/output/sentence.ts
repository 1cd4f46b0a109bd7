import { displayText } from './displayText';
import { calledText, peerText, viaTexts } from './peerText';
import { pairingSentence } from './pairingSentence';
import type { CompletedReport, FailedReport, ListeningReport, OfferReport, Report } from './report';
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
        `${displayText(report.fileName)} (${bytesText(report.fileSize)}): offered to ` +
        `${peerText(report.to, report.agent)}, waiting for an answer (transfer ${report.transferId})`
      );
    case 'progress':
      return (
        `${displayText(report.fileName)}: ${String(percentOf(report.bytes, report.total))} % ` +
        `(${bytesText(report.bytes)} of ${bytesText(report.total)}, ${rateText(report.rate)}` +
        (report.timeLeft === undefined ? '' : `, ${durationText(report.timeLeft)} left`) +
        (report.via === undefined ? ')' : `, ${viaTexts[report.via]})`)
      );
    case 'interrupted': {
      const peer = displayText(report.agent?.name ?? report.peer);
      return `${displayText(report.fileName)}: interrupted, goes on when ${peer} is back`;
    }
    case 'completed':
      return completed(report);
    case 'failed':
      return failed(report);
    case 'invite':
    case 'confirm':
    case 'paired':
    case 'agent':
    case 'changed':
      return pairingSentence(report);
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
    everyone: `Accepting every file${limit} that ${anybody} offers to ${who}, into ${folder}. Use --allow or --ask to choose.`,
    allowed: `Accepting every file${limit} from ${(report.allow ?? []).map((id) => displayText(id)).join(', ')}, into ${folder}. Other offers are not accepted.`,
    asked: `Asking about every file${limit}${paired ? ' of a paired agent' : ''}; what you accept is saved in ${folder}.`,
  }[report.accepts];
  return [
    `Listening as ${who} on ${displayText(report.channel)} at ${displayText(report.url)}.`,
    policy,
    paired
      ? 'Only paired agents are heard, who prove who they are. Ctrl-C ends listening.'
      : 'Of agents that are not paired only the task service says who they are; it is not verified. Ctrl-C ends listening.',
  ].join('\n');
}

function offer(report: OfferReport): string {
  const what =
    `${displayText(report.fileName)} (${bytesText(report.fileSize)}) ` +
    `from ${senderText(report)}`;
  switch (report.decision) {
    case 'accept':
      return `${what}: accepting`;
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

function completed(report: CompletedReport): string {
  const took = `${bytesText(report.bytes)} in ${durationText(report.durationMs)}`;
  const name = displayText(report.fileName);
  const peer = peerText(report.peer, report.agent);
  const where =
    report.direction === 'send'
      ? `delivered to ${peer}`
      : `received from ${peer}, saved as ${displayText(report.path, MAX_MESSAGE)}`;
  const audit =
    report.direction === 'send' && report.audit === 'pending'
      ? '; the task service has not recorded it yet'
      : '';
  const via = report.via === undefined ? '' : ` ${viaTexts[report.via]}`;
  const receipt = report.receipt === undefined ? '' : `, receipt ${displayText(report.receipt)}`;
  return `${name}: ${where}, ${took}${via}, SHA-256 ${report.sha256}${receipt}${audit}`;
}

function failed(report: FailedReport): string {
  const about = report.fileName ?? report.path;
  const message = displayText(report.message, MAX_MESSAGE);
  // A sentence about a path already names it.
  if (about === undefined || message.includes(displayText(about))) return message;
  return `${displayText(about)}: ${message}`;
}
