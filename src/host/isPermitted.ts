import type { IncomingOffer } from '../core/events';
import type { ResolvedSettings } from './settings';

/**
 * Whether the person's standing permission covers an offer.
 *
 * That of a paired agent belongs to its identity, that of an open peer to its id. So an offer that
 * only claims to come from a paired agent has neither, whatever the lists say: else everybody who
 * knows an id could use its permission. Never a held one either: whoever asks faster than strangers
 * may is asked about like a stranger.
 *
 * Files may come without asking and a folder may still not be kept in step: that changes what is
 * here already, so it is asked once, and then covers each round of it.
 */
export function isPermitted(
  {
    senderId,
    trust,
    allowed,
    held,
    sync,
  }: Pick<IncomingOffer, 'senderId' | 'trust' | 'allowed' | 'held' | 'sync'>,
  { autoAccept, config }: ResolvedSettings,
): boolean {
  if (held) return false;
  switch (trust) {
    case 'verified':
      return sync === undefined ? allowed : sync.granted;
    case 'unverified':
      return autoAccept === 'allowedPeers' && (config.allowedPeers?.includes(senderId) ?? false);
    case 'claims':
      return false;
  }
}
