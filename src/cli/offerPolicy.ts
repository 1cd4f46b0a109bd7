import type { IncomingOffer } from '../core/events';

/** What `listen` was told to accept. */
export interface OfferPolicy {
  /** Actor ids; undefined means everybody. */
  readonly allow: readonly string[] | undefined;
  /** Bytes. */
  readonly maxSize: number | undefined;
  readonly ask: boolean;
  /** Only what a paired agent has signed. */
  readonly pairedOnly: boolean;
}

export type PolicyDecision =
  { readonly kind: 'accept' | 'ask' } | { readonly kind: 'leave'; readonly reason: string };

/**
 * What to do about an offer. What the policy does not cover is left alone rather than declined,
 * because another window of the same home may want it; an engine of our own has declined it before.
 */
export function decide(offer: IncomingOffer, policy: OfferPolicy): PolicyDecision {
  if (policy.allow !== undefined && !policy.allow.includes(offer.senderId)) {
    return { kind: 'leave', reason: 'its sender is not among those given with --allow' };
  }
  if (policy.maxSize !== undefined && offer.fileSize > policy.maxSize) {
    return { kind: 'leave', reason: 'it is larger than --max-size' };
  }
  if (policy.pairedOnly && offer.trust !== 'verified') {
    return { kind: 'leave', reason: 'it does not come from a paired agent' };
  }
  if (offer.trust === 'verified' && offer.allowed) return { kind: 'accept' };
  if (policy.ask) return { kind: 'ask' };
  // Not even for --allow: that names the paired agent, and this is anybody who took its name.
  if (offer.trust === 'claims') {
    return { kind: 'leave', reason: 'use --ask to decide about it yourself' };
  }
  return { kind: 'accept' };
}
