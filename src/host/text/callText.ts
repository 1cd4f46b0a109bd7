import type { Call } from '../../core/callEvents';
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
  const said = connected ? durationText(now - since) : callStateText(call);
  return {
    text: `$(device-mobile) ${said}`,
    tooltip: `Call with ${who}: ${callStateText(call)}. Click to show it.`,
  };
}

/** As a telephone shows it: `2:05`, `1:02:05`. */
export function durationText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${String(minutes)}:${two(seconds % 60)}`
    : `${String(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/**
 * What to say about a call that ended and that nobody here ended; undefined when the person knows.
 * Refusals and failures of one's own calls are said too, since the panel may be closed.
 */
export function endedNotice({ agent, direction, state }: Call): string | undefined {
  if (state.kind !== 'ended') return undefined;
  const who = noticeText(agent.name);
  switch (state.reason) {
    case 'missed':
      return `You missed a call from ${who}.`;
    case 'failed':
      return state.error === undefined
        ? `The call with ${who} did not come about.`
        : noticeText(state.error.message, MAX_SENTENCE);
    case 'busy':
      return direction === 'out' ? `${who} is in another call.` : undefined;
    case 'unavailable':
      return direction === 'out' ? `Nobody takes calls at ${who} just now.` : undefined;
    case 'unanswered':
      return `${who} did not answer.`;
    case 'declined':
      return direction === 'out' ? `${who} declined the call.` : undefined;
    case 'hungUp':
    case 'hungUpByPeer':
    case 'refused':
    case 'cancelled':
      return undefined;
  }
}

/** Characters; the longest of our own sentences with a name in it. */
const MAX_SENTENCE = 400;
