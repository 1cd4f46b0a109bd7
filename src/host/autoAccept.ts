import type { IncomingOffer } from '../core/events';
import type { Answering } from './answering';
import type { Closable } from './disposables';
import type { Session } from './session';
import type { ResolvedSettings } from './settings';

/**
 * Accepts what the person's standing permission covers. A shell's policy, not the core's: the core
 * only asks. With several windows open all of them answer, and the engine takes the first.
 */
export function autoAccept(session: Session, answering: Answering): Closable {
  const tried = new Set<string>();
  return session.onDidChange((state) => {
    if (state.kind !== 'running') return;
    for (const offer of state.snapshot.offers) {
      if (tried.has(offer.transferId) || !isPermitted(offer, state.settings)) continue;
      tried.add(offer.transferId);
      void answering.accept(offer);
    }
  });
}

/** Never a held one: whoever asks faster than strangers may is asked about like a stranger. */
export function isPermitted(
  { senderId, held }: Pick<IncomingOffer, 'senderId' | 'held'>,
  { autoAccept: policy, config }: ResolvedSettings,
): boolean {
  return policy === 'allowedPeers' && !held && (config.allowedPeers?.includes(senderId) ?? false);
}
