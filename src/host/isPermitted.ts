import type { IncomingOffer } from '../core/events';
import type { ResolvedSettings } from './settings';

/**
 * Whether the person's standing permission covers an offer. Never a held one: whoever asks faster
 * than strangers may is asked about like a stranger.
 */
export function isPermitted(
  { senderId, held }: Pick<IncomingOffer, 'senderId' | 'held'>,
  { autoAccept, config }: ResolvedSettings,
): boolean {
  return (
    autoAccept === 'allowedPeers' && !held && (config.allowedPeers?.includes(senderId) ?? false)
  );
}
