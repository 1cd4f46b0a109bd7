import type { CallPageState } from '../bridge/callPage';
import type { Call } from '../core/callEvents';

export type CallHolder = NonNullable<CallPageState['call']>['holder'];

/** A call as its page is told of it. */
export function callPageState(from: {
  readonly agentName: string;
  readonly call: Call | undefined;
  readonly holder: CallHolder | undefined;
  readonly ringSound: boolean;
}): CallPageState {
  const { agentName, call, holder = 'nobody', ringSound } = from;
  if (call === undefined) return { agentName, ringSound };
  const { callId, direction, state, media, remote, answeredAt } = call;
  return {
    agentName,
    ringSound,
    call: {
      callId,
      direction,
      state:
        state.kind === 'ended' && state.error !== undefined
          ? { ...state, error: { code: state.error.code, message: state.error.message } }
          : withoutError(state),
      video: media.video,
      ...(remote && { remote }),
      ...(answeredAt !== undefined && { answeredAt }),
      holder,
    },
  };
}

function withoutError(state: Call['state']): Exclude<Call['state'], { readonly error: unknown }> {
  if (state.kind !== 'ended') return state;
  const { kind, reason, durationMs } = state;
  return { kind, reason, durationMs };
}
