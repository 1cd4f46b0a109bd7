import type { Call, CallEnd, CallMedia, CallState, RemoteMedia } from '../../../callEvents';
import { errors, type BeelineError } from '../../../errors';
import { refOf, type PairedAgent } from '../roster';
import type { Session } from './session';

/** Milliseconds of ringing, on both sides. */
export const RING_MS = 45_000;

/** A call that rings or runs, as the book holds it. */
export interface LiveCall {
  readonly session: Session;
  readonly agent: PairedAgent;
  readonly direction: 'out' | 'in';
  media: CallMedia;
  /** Our own call that it took the place of. */
  replaces: string | undefined;
  remote: RemoteMedia | undefined;
  shown: RemoteMedia | undefined;
  answeredAt: number | undefined;
  /** ICE found no way, as a peer here says. */
  hasFailed: boolean;
  /** Peers are there on both sides, and have a while to connect. */
  isConnecting: boolean;
  state: CallState;
  timer: NodeJS.Timeout | undefined;
}

/** One that begins to ring now. */
export function ringingCall(
  session: Session,
  begins: Pick<LiveCall, 'direction' | 'media' | 'replaces'>,
): LiveCall {
  return {
    ...begins,
    session,
    agent: session.agent,
    remote: undefined,
    shown: undefined,
    answeredAt: undefined,
    hasFailed: false,
    isConnecting: false,
    state: { kind: 'ringing', expiresAt: new Date(Date.now() + RING_MS).toISOString() },
    timer: undefined,
  };
}

export function isRingingIn({ state, direction }: LiveCall): boolean {
  return state.kind === 'ringing' && direction === 'in';
}

export function endedState(
  { answeredAt }: LiveCall,
  reason: CallEnd,
  error: BeelineError | undefined,
): CallState {
  const durationMs = answeredAt === undefined ? 0 : Date.now() - answeredAt;
  return {
    kind: 'ended',
    reason,
    durationMs: Math.max(0, durationMs),
    ...(error !== undefined && { error: error.toData() }),
  };
}

export function whyFailed({ agent, hasFailed, isConnecting, state }: LiveCall): BeelineError {
  const { name } = agent.entry;
  // A slow page has not said yet that it failed when the other side already knows.
  return (hasFailed || isConnecting) && state.kind === 'connecting'
    ? errors.noWayForCall(name)
    : errors.callLost(name);
}

/** As shells are told of it. */
export function shownCall(call: LiveCall, hasPeer: boolean): Call {
  const { session, agent, direction, state, media, replaces, remote, answeredAt } = call;
  const iso = (at: number): string => new Date(at).toISOString();
  return {
    callId: session.id,
    ...(replaces !== undefined && { replaces }),
    agent: refOf(agent.entry),
    direction,
    state,
    media,
    ...(remote !== undefined && { remote }),
    startedAt: iso(session.startedAt),
    ...(answeredAt !== undefined && { answeredAt: iso(answeredAt) }),
    hasPeer,
  };
}
