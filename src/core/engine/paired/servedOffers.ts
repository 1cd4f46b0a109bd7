import type { Link } from '../../swarm/links';
import type { MessageChannel } from '../../transfer/messageChannel';
import type { OfferAnswer, SignedOffer } from '../../wire/v2Offer';
import type { OfferTalk } from './offerTalk';

/** An offer of ours that stands, or is being fetched. */
export interface ServedOffer {
  readonly kid: string;
  /** 32 hex digits. */
  readonly transferId: string;
  readonly offer: SignedOffer;
  /** The recipient opened the transfer's channel. */
  want(link: Link, channel: MessageChannel): void;
  answered(answer: OfferAnswer): void;
}

/**
 * What may be asked of us, by whom. A transfer is looked up by proven identity and id together;
 * unknown and foreign ones are the same (keys.md, *Who may ask*).
 */
export class ServedOffers {
  private readonly served = new Map<string, ServedOffer>();

  constructor(private readonly talkTo: (kid: string) => OfferTalk | undefined) {}

  /** Tells the recipient, now and on every further link. Returns what takes the offer back. */
  serve(offer: ServedOffer): { withdraw(tell: boolean): void } {
    this.served.set(offer.transferId, offer);
    this.talkTo(offer.kid)?.offer(offer.offer);
    return {
      withdraw: (tell) => {
        if (this.served.get(offer.transferId) !== offer) return;
        this.served.delete(offer.transferId);
        if (tell) this.talkTo(offer.kid)?.withdraw([offer.transferId]);
      },
    };
  }

  find(kid: string, transferId: string): ServedOffer | undefined {
    const offer = this.served.get(transferId);
    return offer?.kid === kid ? offer : undefined;
  }

  /** Says it again, which a recipient that waits for us to mend something takes as: go on. */
  tellAgain(transferId: string): void {
    const offer = this.served.get(transferId);
    if (offer !== undefined) this.talkTo(offer.kid)?.offer(offer.offer);
  }

  /** A link came up: what stands is said again. */
  tellAll(kid: string, talk: OfferTalk): void {
    for (const offer of this.served.values()) if (offer.kid === kid) talk.offer(offer.offer);
  }

  /** The recipient asks which of these still stand; the others are withdrawn. */
  review(kid: string, ids: readonly string[], talk: OfferTalk | undefined): void {
    const gone = ids.filter((id) => this.find(kid, id) === undefined);
    if (gone.length > 0) talk?.withdraw(gone);
  }
}
