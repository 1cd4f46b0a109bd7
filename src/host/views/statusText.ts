import type { Agent, EngineSnapshot, IncomingOffer, Transfer } from '../../core/events';
import { isEnded } from '../../core/events';
import type { ErrorData } from '../../core/errors';
import { contentName } from '../text/contentText';
import { displayText } from '../text/displayText';
import { interruptedText, waitsForPerson } from '../text/interruptedText';
import { senderText } from '../text/senderText';
import { countText } from '../text/wording';
import { totalPercent } from '../text/progressText';

export interface StatusView {
  readonly text: string;
  readonly tooltip: string;
  /** What a click does. */
  readonly action: 'setUp' | 'show';
  /**
   * Something stands still until the person mends it. Of that no notification tells after a reload,
   * which would repeat what was read before it.
   */
  readonly warns?: boolean;
}

/** What the status bar says; the engine's snapshot once it runs. */
export type StatusInput =
  | { readonly kind: 'notSetUp' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'failed'; readonly error: ErrorData }
  | {
      readonly kind: 'running';
      readonly snapshot: EngineSnapshot;
      readonly settings: { readonly config: { readonly actorId: string } };
    };

const MARK = '$(arrow-swap)';

export function statusView(input: StatusInput): StatusView {
  switch (input.kind) {
    case 'notSetUp':
      return {
        text: `${MARK} Beeline: Set up`,
        tooltip: 'Beeline connects to nothing until you set it up. Click to begin.',
        action: 'setUp',
      };
    case 'starting':
      return { text: `${MARK} Beeline`, tooltip: 'Beeline is starting.', action: 'show' };
    case 'failed':
      return {
        text: `${MARK} Beeline: off`,
        tooltip: input.error.message,
        action: 'show',
      };
    case 'running':
      return runningView(input.snapshot, input.settings.config.actorId);
  }
}

function runningView(snapshot: EngineSnapshot, actorId: string): StatusView {
  const { service, agents, offers, transfers } = snapshot;
  const running = transfers.filter((transfer) => !isEnded(transfer));
  const interrupted = running.filter(({ state }) => state.kind === 'interrupted');
  const percent = totalPercent(transfers);
  const parts = [
    ...(percent === undefined ? [] : [`${String(percent)}%`]),
    ...(offers.length > 0 ? [`${String(offers.length)} incoming`] : []),
    ...(interrupted.length > 0 ? [`${String(interrupted.length)} interrupted`] : []),
    ...(service.kind === 'unreachable' ? ['service unreachable'] : []),
  ];
  const lines = [
    service.kind === 'online'
      ? `Connected. Others reach you as ${displayText(actorId)}.`
      : service.kind === 'connecting'
        ? 'Connecting to the service.'
        : `${service.error.message} Beeline keeps trying.`,
    ...(agents.length === 0 ? [] : [onlineText(agents)]),
    ...offerLines(offers),
    ...runningLines(running.length - interrupted.length),
    ...interrupted.slice(0, MAX_NAMED).map(interruptedLine),
  ];
  return {
    text: parts.length === 0 ? `${MARK} Beeline` : `${MARK} Beeline: ${parts.join(', ')}`,
    tooltip: lines.join('\n'),
    action: 'show',
    warns: running.some(waitsForPerson),
  };
}

function onlineText(agents: readonly Agent[]): string {
  const online = agents.filter(
    ({ presence, blocked }) => !blocked && presence.kind === 'online',
  ).length;
  return `${String(online)} of ${countText(agents.length, 'paired agent')} online.`;
}

function runningLines(count: number): readonly string[] {
  return count > 0 ? [`${countText(count, 'transfer')} running.`] : [];
}

function interruptedLine(transfer: Transfer): string {
  const name = contentName(transfer, displayText);
  const said = interruptedText(transfer, displayText);
  return `${name}: ${said}${said.endsWith('.') ? '' : '.'}`;
}

/** How many, and who the first ones are from; whoever may not push to the front is not named. */
function offerLines(offers: readonly IncomingOffer[]): readonly string[] {
  if (offers.length === 0) return [];
  const named = offers.filter(({ held }) => !held).slice(0, MAX_NAMED);
  return [
    `${countText(offers.length, 'offer')} to answer.`,
    ...named.map(
      (offer) => `${contentName(offer, displayText)} from ${senderText(offer, displayText)}`,
    ),
  ];
}

/** Lines about single offers or transfers in the tooltip. */
const MAX_NAMED = 3;
