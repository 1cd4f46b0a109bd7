import type { Decision } from '../core/engine';
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
  /** Folders that the agent sent before are brought up to date instead of copied. */
  readonly update: boolean;
  /** Syncs that are accepted may remove. */
  readonly allowDelete: boolean;
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
  // The person has said yes to this folder once; further rounds only keep it as it was agreed.
  if (offer.trust === 'verified' && offer.sync?.granted === true) return { kind: 'accept' };
  if (policy.ask) return { kind: 'ask' };
  // Not even for --allow: that names the paired agent, and this is anybody who took its name.
  if (offer.trust === 'claims') {
    return { kind: 'leave', reason: 'use --ask to decide about it yourself' };
  }
  return { kind: 'accept' };
}

/**
 * How an offer is accepted. Only what the flags or the person said is granted: an update in place
 * where there is something to update, and removing where the sync wants it.
 */
export function acceptance(
  offer: IncomingOffer,
  directory: string,
  said: { readonly update: boolean; readonly mayDelete: boolean },
): Decision {
  return {
    kind: 'accept',
    // What was granted goes on where it is; a folder that is named would be another one.
    ...(offer.sync?.granted !== true && { directory }),
    ...(said.update && offer.updates !== undefined && { update: true }),
    ...(said.mayDelete && offer.sync?.delete === true && { mayDelete: true }),
  };
}
