import type { Call } from '../core/callEvents';
import type { CallReport } from './output/chatReport';

/** A call as the terminal tells it. */
export function callReport(call: Call): CallReport {
  const { callId, direction, state, media, agent } = call;
  return {
    event: 'call',
    from: agent.name,
    kid: agent.kid,
    callId,
    direction,
    video: media.video,
    state: state.kind,
    ...(state.kind === 'connected' && { path: state.path }),
    ...(state.kind === 'ended' && {
      reason: state.reason,
      durationMs: state.durationMs,
      ...state.error,
    }),
  };
}
