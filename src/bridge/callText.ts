/** What host and page say of a call in the same words. Pure. */

/** Why a call ended, as a sentence. */
export function callEndText(reason: string, agentName: string): string {
  switch (reason) {
    case 'hungUp':
      return 'You hung up.';
    case 'hungUpByPeer':
      return `${agentName} hung up.`;
    case 'declined':
      return `${agentName} declined.`;
    case 'refused':
      return 'You declined.';
    case 'busy':
      return `${agentName} is in another call.`;
    case 'unavailable':
      return `Nobody takes calls at ${agentName} just now.`;
    case 'unanswered':
      return `${agentName} did not answer.`;
    case 'missed':
      return `You missed a call from ${agentName}.`;
    case 'cancelled':
      return 'The call was cancelled.';
    default:
      return `No connection with ${agentName} came about.`;
  }
}

/** Milliseconds as a telephone shows them: `2:05`, `1:02:05`. */
export function callDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = two(seconds % 60);
  return hours > 0 ? `${String(hours)}:${two(minutes)}:${rest}` : `${String(minutes)}:${rest}`;
}
