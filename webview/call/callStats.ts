import { pathIn, selectedPair } from '../peer/connectionPath';

/** How good a connection is, over the last second. */
export interface CallStats {
  readonly path: 'direct' | 'relayed' | undefined;
  /** Milliseconds there and back. */
  readonly rttMs: number | undefined;
  /** Of the packets that should have come, 0 to 1. */
  readonly loss: number;
  /** Bits in a second. */
  readonly bitrateIn: number;
  readonly bitrateOut: number;
  readonly jitterMs: number | undefined;
  /** Of the other side's picture, if one comes. */
  readonly picture:
    { readonly width: number; readonly height: number; readonly fps: number } | undefined;
  /** Pictures in all. */
  readonly framesDecoded: number;
  readonly totals: Totals;
}

interface Totals {
  readonly at: number;
  readonly received: number;
  readonly sent: number;
  readonly packets: number;
  readonly lost: number;
}

export async function readStats(
  rtc: RTCPeerConnection,
  before: CallStats | undefined,
): Promise<CallStats> {
  const report = await rtc.getStats();
  const entries = [...report.values()] as RTCStats[];
  const inbound = entries.filter(
    (entry): entry is RTCInboundRtpStreamStats => entry.type === 'inbound-rtp',
  );
  const pair = selectedPair(report);
  const totals: Totals = {
    at: performance.now(),
    received: pair?.bytesReceived ?? 0,
    sent: pair?.bytesSent ?? 0,
    packets: sum(inbound, ({ packetsReceived }) => packetsReceived),
    lost: sum(inbound, ({ packetsLost }) => packetsLost),
  };
  // After a change of the way the counters begin anew.
  const last = before && before.totals.received <= totals.received ? before.totals : undefined;
  const seconds = last ? (totals.at - last.at) / 1000 : 0;
  const lost = last ? Math.max(0, totals.lost - last.lost) : 0;
  const came = last ? Math.max(0, totals.packets - last.packets) : 0;
  const picture = inbound
    .filter(({ kind, framesPerSecond }) => kind === 'video' && (framesPerSecond ?? 0) > 0)
    .sort((a, b) => (b.frameWidth ?? 0) - (a.frameWidth ?? 0))[0];
  const jitter = inbound.find(({ kind }) => kind === 'audio')?.jitter;
  return {
    path: pathIn(report),
    rttMs: pair?.currentRoundTripTime === undefined ? undefined : pair.currentRoundTripTime * 1000,
    loss: lost + came === 0 ? 0 : lost / (lost + came),
    bitrateIn: rate(totals.received, last?.received, seconds),
    bitrateOut: rate(totals.sent, last?.sent, seconds),
    jitterMs: jitter === undefined ? undefined : jitter * 1000,
    picture: picture && {
      width: picture.frameWidth ?? 0,
      height: picture.frameHeight ?? 0,
      fps: Math.round(picture.framesPerSecond ?? 0),
    },
    framesDecoded: sum(inbound, ({ framesDecoded }) => framesDecoded),
    totals,
  };
}

export type Quality = 'good' | 'fair' | 'poor';

/** Above these, people notice: they talk over each other, or words go missing. */
const FAIR = { rttMs: 250, loss: 0.02 };
const POOR = { rttMs: 500, loss: 0.08 };

export function qualityOf({ rttMs = 0, loss }: CallStats): Quality {
  if (rttMs > POOR.rttMs || loss > POOR.loss) return 'poor';
  return rttMs > FAIR.rttMs || loss > FAIR.loss ? 'fair' : 'good';
}

function rate(now: number, before: number | undefined, seconds: number): number {
  return before === undefined || seconds <= 0 ? 0 : Math.max(0, ((now - before) * 8) / seconds);
}

function sum<T>(of: readonly T[], value: (one: T) => number | undefined): number {
  return of.reduce((all, one) => all + (value(one) ?? 0), 0);
}
