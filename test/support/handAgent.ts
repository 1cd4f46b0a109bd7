import { openBook } from '../../src/core/identity/book';
import { openIdentity } from '../../src/core/identity/identityFile';
import type { Identity } from '../../src/core/identity/identity';
import type { Link, Links } from '../../src/core/swarm/links';
import type { Swarm } from '../../src/core/swarm/swarm';
import type { MessageChannel } from '../../src/core/transfer/messageChannel';
import {
  decodeOfferMessage,
  encodeOfferMessage,
  type OfferMessage,
} from '../../src/core/wire/v2Offer';
import type { Agent } from './withEngines';

/**
 * A paired agent whose engine is stopped, played by hand: proven by its own identity, and then as
 * hostile as the test likes.
 */
export interface HandAgent {
  readonly identity: Identity;
  readonly link: Link;
  /** Everything heard on the offer channel so far. */
  readonly heard: OfferMessage[];
  say(message: OfferMessage): void;
  /** Opens the channel of a transfer, whether or not it was offered. */
  transfer(transferId: string): MessageChannel;
  /** The channel of a transfer once the other side opens it, each that it opens once. */
  opened(transferId: string): Promise<MessageChannel>;
  leave(): Promise<void>;
}

/**
 * Brings the agent of a stopped engine online by hand, linked to `victim`.
 * @param features what it says that it can do, beyond transfers
 */
export async function playAgent(
  stopped: Agent,
  victim: Agent,
  swarm: Swarm,
  features: readonly string[] = [],
): Promise<HandAgent> {
  const identity = await openIdentity(stopped.home);
  const book = await openBook(stopped.home);
  const entry = book.list().find(({ actorId }) => actorId === victim.id);
  if (entry === undefined) throw new Error(`${stopped.id} is not paired with ${victim.id}`);
  const publicKey = Buffer.from(entry.publicKey, 'hex');
  let links: Links | undefined;
  const channels = new Map<string, MessageChannel>();
  const { link, offers } = await new Promise<{ link: Link; offers: MessageChannel }>((resolve) => {
    links = swarm.links(
      {
        identity,
        relays: [],
        directOnly: false,
        version: '0.0.0-hand',
        features,
        log: () => undefined,
      },
      {
        // Opened at once, because the other side opens the same channel at this moment.
        onOnline: (link) => {
          resolve({ link, offers: link.open('beeline/offer', Buffer.alloc(0)) });
        },
        onOffline: () => undefined,
        onRefused: () => undefined,
        onChannel: (_link, _protocol, id, channel) => {
          channels.set(id.toString('hex'), channel);
          return true;
        },
      },
    );
    links.setPeers([{ kid: entry.kid, publicKey, keys: identity.pairKeys(publicKey) }]);
  });
  const heard: OfferMessage[] = [];
  void listen(offers, heard);
  return {
    identity,
    link,
    heard,
    say(message) {
      offers.send(message.type, encodeOfferMessage(message))?.catch(() => undefined);
    },
    transfer: (transferId) => link.open('beeline/transfer', Buffer.from(transferId, 'hex')),
    async opened(transferId) {
      const channel = await victim.until('the channel', () => channels.get(transferId));
      channels.delete(transferId);
      return channel;
    },
    async leave() {
      await links?.destroy();
    },
  };
}

async function listen(channel: MessageChannel, heard: OfferMessage[]): Promise<void> {
  for (;;) {
    const next = await channel.receive();
    if (next === null) return;
    heard.push(decodeOfferMessage(next.type, next.payload));
  }
}
