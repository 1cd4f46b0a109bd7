import { callDuration, callEndText } from '../../bridge/callText';
import type { Call, CallEnd } from '../../core/callEvents';
import { displayText, noticeText } from './displayText';

export type RingAction = 'video' | 'audio' | 'decline';

/** The notification that rings. */
export function ringNotice({ agent, media }: Call, link: (action: RingAction) => string): string {
  const who = noticeText(agent.name);
  const accepting = media.video
    ? `[Accept with Video](${link('video')} "Your camera and microphone") \u2002` +
      `[Audio Only](${link('audio')} "Your microphone alone") \u2002`
    : `[Accept](${link('audio')} "Your microphone alone") \u2002` +
      `[Accept with Video](${link('video')} "Your camera and microphone") \u2002`;
  return (
    `${who} is calling${media.video ? ' with video' : ''}. \u2002` +
    `${accepting}[Decline](${link('decline')} "Tells the other side")`
  );
}

/** Two or three words about a call that has not ended. */
export function callStateText({ direction, state }: Call): string {
  switch (state.kind) {
    case 'ringing':
      return direction === 'in' ? 'is calling' : 'calling…';
    case 'connecting':
      return 'call connecting';
    case 'connected':
      return 'in a call';
    case 'reconnecting':
      return 'call reconnecting';
    case 'ended':
      return 'call ended';
  }
}

/** What the status bar says of the call that is on. `now` is in milliseconds. */
export function callView(
  call: Call,
  now: number,
): { readonly text: string; readonly tooltip: string } {
  const who = displayText(call.agent.name);
  const since = Date.parse(call.answeredAt ?? '');
  const connected = call.state.kind === 'connected' && !Number.isNaN(since);
  const said = connected ? callDuration(now - since) : callStateText(call);
  return {
    text: `$(device-mobile) ${said}`,
    tooltip: `Call with ${who}: ${callStateText(call)}. Click to show it.`,
  };
}

/**
 * What to say about a call that ended and that nobody here ended; undefined when the person knows.
 * Refusals and failures of one's own calls are said too, since the panel may be closed.
 */
export function endedNotice({ agent, direction, state }: Call): string | undefined {
  if (state.kind !== 'ended' || !isNews(state.reason, direction)) return undefined;
  return state.error === undefined
    ? callEndText(state.reason, noticeText(agent.name))
    : noticeText(state.error.message, MAX_SENTENCE);
}

function isNews(reason: CallEnd, direction: Call['direction']): boolean {
  switch (reason) {
    case 'missed':
    case 'failed':
    case 'unanswered':
      return true;
    case 'busy':
    case 'unavailable':
    case 'declined':
      return direction === 'out';
    case 'hungUp':
    case 'hungUpByPeer':
    case 'refused':
    case 'cancelled':
      return false;
  }
}

/** Characters; the longest of our own sentences with a name in it. */
const MAX_SENTENCE = 400;
