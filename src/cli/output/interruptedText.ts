import type { ErrorCode } from '../../core/errors';
import type { AgentRef } from '../../core/events';
import { displayText } from './displayText';

/** Characters of an error that quotes the other side. */
const MAX_MESSAGE = 600;
/** Hex digits of a transfer id that are shown to be typed; enough to tell a home's transfers apart. */
const SHOWN_ID = 8;

/** Without these there is a link, and it waits for something other than that its agent is back. */
const absences = new Set<ErrorCode>(['PEER_LOST', 'PEER_SILENT', 'INTERRUPTED']);

/** Why something is interrupted, and how it goes on. */
export function interruptedText(about: {
  readonly transferId: string;
  readonly peer: string;
  readonly agent?: AgentRef;
  readonly code?: ErrorCode;
  readonly message: string;
  readonly resumes: 'agent' | 'person';
}): string {
  if (about.resumes === 'agent') {
    const who = displayText(about.agent?.name ?? about.peer);
    if (about.code === 'AGENT_OFFLINE') return `waiting for ${who}, goes on when ${who} is online`;
    if (about.code !== undefined && !absences.has(about.code)) {
      return `interrupted. ${displayText(about.message, MAX_MESSAGE)}`;
    }
    return `interrupted, goes on when ${who} is back`;
  }
  return (
    `interrupted. ${displayText(about.message, MAX_MESSAGE)} ` +
    `Then go on with: beeline resume ${about.transferId.slice(0, SHOWN_ID)}`
  );
}
