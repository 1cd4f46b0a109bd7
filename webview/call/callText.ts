import type { CallPageState } from '../../src/bridge/callPage';
import { callEndText } from '../../src/bridge/callText';
import { qualityOf, type CallStats } from './callStats';

export type PageCall = NonNullable<CallPageState['call']>;

/**
 * What is going on, in a few words, for people and screen readers. While it rings the words have the
 * name in them; afterwards they stand beside it.
 */
export function stateText(call: PageCall, agentName: string): string {
  switch (call.state.kind) {
    case 'ringing':
      return call.direction === 'out' ? `Calling ${agentName}…` : `${agentName} is calling`;
    case 'connecting':
      return 'Connecting…';
    case 'connected':
      return call.state.path === 'direct' ? 'Direct' : 'Relayed (end-to-end encrypted)';
    case 'reconnecting':
      return call.holder === 'nobody'
        ? 'Its page is closed'
        : 'Connection lost. Looking for another way…';
    case 'ended':
      return endText(call.state, agentName);
  }
}

/** Why a call ended, as a sentence. */
export function endText(
  { reason, error }: Extract<PageCall['state'], { kind: 'ended' }>,
  agentName: string,
): string {
  return error?.message ?? callEndText(reason, agentName);
}

export function qualityText(stats: CallStats): string {
  const words = { good: 'Good connection', fair: 'Fair connection', poor: 'Poor connection' };
  return words[qualityOf(stats)];
}

/** The details, each a name and a value. */
export function qualityDetails(stats: CallStats): readonly (readonly [string, string])[] {
  const { path, rttMs, loss, bitrateIn, bitrateOut, jitterMs, picture, framesDecoded } = stats;
  const details: (readonly [string, string])[] = [
    ['Way', path === 'relayed' ? 'Relayed by a TURN server' : 'Direct'],
    ['Round trip', milliseconds(rttMs)],
    ['Lost packets', `${(loss * 100).toFixed(1)} %`],
    ['Jitter', milliseconds(jitterMs)],
    ['Receiving', bits(bitrateIn)],
    ['Sending', bits(bitrateOut)],
  ];
  if (picture) {
    const { width, height, fps } = picture;
    details.push(['Picture', `${String(width)} × ${String(height)}, ${String(fps)} a second`]);
  }
  details.push(['Pictures in all', String(framesDecoded)]);
  return details;
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? 'not known yet' : `${String(Math.round(value))} ms`;
}

function bits(perSecond: number): string {
  const kilo = perSecond / 1000;
  return kilo < 1000 ? `${kilo.toFixed(0)} kbit/s` : `${(kilo / 1000).toFixed(1)} Mbit/s`;
}
