import type { Answering } from './answering';
import type { Closable } from './disposables';
import { isPermitted } from './isPermitted';
import type { Session } from './session';

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
      void (offer.sync?.granted === true ? answering.goOnInStep(offer) : answering.accept(offer));
    }
  });
}
