import type { Transfer } from '../../events';
import type { Answered } from '../../identity/answeredOffers';
import type { VerifiedOffer } from '../../identity/signedBytes';
import type { OfferAnswer } from '../../wire/v2Offer';

/** Characters, as wire/v2Offer has it. */
const MAX_REASON = 500;

/** What is said over the link of an offer that was decided; undefined when nothing is. */
export function answerOf({ id, decision, reason, receipt }: Answered): OfferAnswer | undefined {
  switch (decision) {
    case 'declined':
    case 'failed':
      return { id, decision, ...(reason !== undefined && { reason: reason.slice(0, MAX_REASON) }) };
    case 'received':
      return receipt === undefined ? undefined : { id, decision, receipt };
    case 'withdrawn':
      return undefined;
  }
}

/** Whose answer it is. */
export function answerTo({
  senderKid,
  id,
  expiresAt,
}: VerifiedOffer): Pick<Answered, 'kid' | 'id' | 'until'> {
  return { kid: senderKid, id, until: expiresAt };
}

/** What the history says of an offer whose answer is forgotten, or could not be written. */
export function endedOffer(
  transfer: Transfer | undefined,
  verified: VerifiedOffer,
): Answered | undefined {
  if (transfer?.direction !== 'receive' || transfer.agent?.kid !== verified.senderKid) return;
  const { state } = transfer;
  if (state.kind === 'failed') {
    return { ...answerTo(verified), decision: 'failed', reason: state.error.code };
  }
  const receipt = state.kind === 'completed' ? state.result.receipt : undefined;
  if (receipt === undefined) return undefined;
  return { ...answerTo(verified), decision: 'received', receipt };
}
