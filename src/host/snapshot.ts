import type { EngineEvent, EngineSnapshot, Pairing, Transfer } from '../core/events';
import { isEnded } from '../core/events';

/** Ended transfers kept in view; a quick pick with more is no longer quick. */
const MAX_ENDED = 50;

/** The snapshot after an event. Events carry whole items, so a repeated one changes nothing. */
export function applyEvent(snapshot: EngineSnapshot, event: EngineEvent): EngineSnapshot {
  switch (event.type) {
    case 'service':
      return { ...snapshot, service: event.service };
    case 'offer':
      return {
        ...snapshot,
        offers: [
          ...snapshot.offers.filter(({ transferId }) => transferId !== event.offer.transferId),
          event.offer,
        ],
      };
    case 'offerClosed':
      return {
        ...snapshot,
        offers: snapshot.offers.filter(({ transferId }) => transferId !== event.transferId),
      };
    case 'transfer':
      return { ...snapshot, transfers: withTransfer(snapshot.transfers, event.transfer) };
    case 'agents':
      return { ...snapshot, agents: event.agents };
    case 'grants':
      return { ...snapshot, grants: event.grants };
    case 'pairing':
      return { ...snapshot, pairings: withPairing(snapshot.pairings, event.pairing) };
    case 'chats':
      return { ...snapshot, chats: event.chats };
    case 'calls':
      return { ...snapshot, calls: event.calls };
    // No snapshot holds notices, messages, or what is for a peer alone.
    case 'notice':
    case 'message':
    case 'messagesCleared':
    case 'peer':
      return snapshot;
    case 'moved':
      return event.snapshot;
  }
}

/** Those that have not ended, in the order in which they began. */
function withPairing(pairings: readonly Pairing[], changed: Pairing): readonly Pairing[] {
  const same = ({ pairingId }: Pairing) => pairingId === changed.pairingId;
  if (changed.state.kind === 'paired' || changed.state.kind === 'failed') {
    return pairings.filter((pairing) => !same(pairing));
  }
  return pairings.some(same)
    ? pairings.map((pairing) => (same(pairing) ? changed : pairing))
    : [...pairings, changed];
}

/** Running ones first, then the ended ones, newest first, as the engine itself lists them. */
function withTransfer(transfers: readonly Transfer[], changed: Transfer): readonly Transfer[] {
  const same = (transfer: Transfer) => transfer.transferId === changed.transferId;
  const known = transfers.find(same);
  if (known !== undefined && isEnded(known) === isEnded(changed)) {
    return transfers.map((transfer) => (same(transfer) ? changed : transfer));
  }
  const others = transfers.filter((transfer) => !same(transfer));
  const running = others.filter((transfer) => !isEnded(transfer));
  const ended = others.filter(isEnded);
  return isEnded(changed)
    ? [...running, changed, ...ended.slice(0, MAX_ENDED - 1)]
    : [changed, ...running, ...ended];
}
