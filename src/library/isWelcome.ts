import type { EngineConfig } from '../core/engineConfig';
import type { IncomingOffer } from '../core/events';

/** An engine that another process configured may ask more than this node wants. */
export function isWelcome(
  offer: IncomingOffer,
  { allowedPeers, maxFileSize }: Pick<EngineConfig, 'allowedPeers' | 'maxFileSize'>,
): boolean {
  const allowed =
    allowedPeers === undefined ||
    allowedPeers.length === 0 ||
    allowedPeers.includes(offer.senderId);
  return allowed && (maxFileSize === undefined || offer.fileSize <= maxFileSize);
}
