import { toBeelineError } from '../../errors';
import type { Link } from '../../swarm/links';
import type { MessageChannel } from '../../transfer/messageChannel';
import {
  decodeOfferMessage,
  encodeOfferMessage,
  MAX_IDS,
  OfferType,
  type OfferAnswer,
  type OfferMessage,
  type SignedOffer,
} from '../../wire/v2Offer';

export interface OfferTalkHooks {
  onOffer(link: Link, offer: SignedOffer): void;
  onAnswer(link: Link, answer: OfferAnswer): void;
  onWithdraw(link: Link, ids: readonly string[]): void;
  onOpen(link: Link, ids: readonly string[]): void;
}

/** The `beeline/offer` channel of one link. A message that breaks the protocol ends the link. */
export class OfferTalk {
  constructor(
    private readonly link: Link,
    private readonly channel: MessageChannel,
    private readonly hooks: OfferTalkHooks,
    private readonly log: (line: string) => void,
  ) {
    void this.listen();
  }

  offer(offer: SignedOffer): void {
    this.send({ type: OfferType.offer, offer });
  }

  answer(answer: OfferAnswer): void {
    this.send({ type: OfferType.answer, answer });
  }

  withdraw(ids: readonly string[]): void {
    this.sendIds(OfferType.withdraw, ids);
  }

  askOpen(ids: readonly string[]): void {
    this.sendIds(OfferType.open, ids);
  }

  private sendIds(type: typeof OfferType.open | typeof OfferType.withdraw, ids: readonly string[]) {
    for (let at = 0; at < ids.length; at += MAX_IDS) {
      this.send({ type, ids: ids.slice(at, at + MAX_IDS) });
    }
  }

  /** What does not get through is said again on the next link. */
  private send(message: OfferMessage): void {
    this.channel.send(message.type, encodeOfferMessage(message))?.catch(() => undefined);
  }

  private async listen(): Promise<void> {
    try {
      for (;;) {
        const next = await this.channel.receive();
        if (next === null) return;
        this.hear(decodeOfferMessage(next.type, next.payload));
      }
    } catch (thrown) {
      this.log(`offers of ${this.link.kid.slice(0, 16)}: ${toBeelineError(thrown).message}`);
      this.link.close();
    }
  }

  private hear(message: OfferMessage): void {
    const { hooks, link } = this;
    switch (message.type) {
      case OfferType.offer:
        hooks.onOffer(link, message.offer);
        return;
      case OfferType.answer:
        hooks.onAnswer(link, message.answer);
        return;
      case OfferType.withdraw:
        hooks.onWithdraw(link, message.ids);
        return;
      case OfferType.open:
        hooks.onOpen(link, message.ids);
        return;
    }
  }
}
