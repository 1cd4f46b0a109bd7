import type { Call } from '../core/callEvents';
import { errors } from '../core/errors';
import type { EngineEvent, EngineSnapshot } from '../core/events';

/**
 * The calls that were told here last. A call's keys live in the engine that holds it, so a call ends
 * when that engine does, and nobody is left to say so but those who heard of it.
 */
export class LostCalls {
  private calls: readonly Call[] = [];

  note(event: EngineEvent): void {
    if (event.type === 'calls') this.calls = event.calls;
    if (event.type === 'moved') this.calls = event.snapshot.calls;
  }

  /** What is told of the next engine: first the end of the calls that it does not know. */
  moved(snapshot: EngineSnapshot): readonly EngineEvent[] {
    const lost = this.calls.filter(
      ({ callId, state }) =>
        state.kind !== 'ended' && !snapshot.calls.some((call) => call.callId === callId),
    );
    const moved = { type: 'moved', snapshot } as const;
    if (lost.length === 0) return [moved];
    return [{ type: 'calls', calls: [...lost.map(ended), ...snapshot.calls] }, moved];
  }
}

function ended(call: Call): Call {
  const { direction, state, answeredAt, agent } = call;
  const since = Date.parse(answeredAt ?? '');
  const durationMs = Number.isNaN(since) ? 0 : Math.max(0, Date.now() - since);
  // One that rang was no call yet: to the person it is one that they missed.
  const isMissed = state.kind === 'ringing' && direction === 'in';
  const error = errors.callHolderGone(agent.name).toData();
  return {
    ...call,
    hasPeer: false,
    state: isMissed
      ? { kind: 'ended', reason: 'missed', durationMs }
      : { kind: 'ended', reason: 'failed', durationMs, error },
  };
}
