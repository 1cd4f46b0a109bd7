import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { openBook } from '../../src/core/identity/book';
import { openIdentity } from '../../src/core/identity/identityFile';
import {
  signOffer,
  type OfferToSign,
  type SignedMessage,
} from '../../src/core/identity/signedBytes';
import type { SendingTree } from '../../src/core/transfer/sendingTree';
import { openSourceTree } from '../../src/core/transfer/source/openSourceTree';
import { walkSources } from '../../src/core/transfer/source/walkSources';
import { OfferType, type OfferMessage } from '../../src/core/wire/v2Offer';
import type { HandAgent } from './handAgent';
import type { Agent } from './withEngines';

const HOUR_MS = 60 * 60 * 1000;

export interface MadeOffer {
  readonly id: string;
  readonly offer: SignedMessage;
  readonly keys: ReturnType<HandAgent['identity']['pairKeys']>;
}

export interface OfferByHand extends Partial<
  OfferToSign['details'] & Pick<OfferToSign, 'kind' | 'entries'>
> {
  readonly created?: number;
  readonly life?: number;
}

/** Files and folders on this disk, to be served by hand. */
export async function treeOf(paths: readonly string[]): Promise<SendingTree> {
  return openSourceTree(await walkSources({ paths }));
}

/** An offer that `from` signs for `to`, with the identities that their homes have. */
export async function offerBy(
  from: Agent,
  to: Agent,
  size: number,
  {
    created = Date.now(),
    life = HOUR_MS,
    name = 'by hand',
    kind = 'file',
    entries = 1,
    roots,
    sync,
  }: OfferByHand = {},
): Promise<MadeOffer> {
  const identity = await openIdentity(from.home);
  const entry = (await openBook(from.home)).list().find(({ actorId }) => actorId === to.id);
  assert.ok(entry !== undefined);
  const keys = identity.pairKeys(Buffer.from(entry.publicKey, 'hex'));
  const id = randomBytes(16).toString('hex');
  const offer = signOffer({
    identity,
    keys,
    recipientKid: entry.kid,
    id,
    createdAt: new Date(created).toISOString(),
    expiresAt: new Date(created + life).toISOString(),
    kind,
    entries,
    size,
    details: {
      name,
      ...(roots !== undefined && { roots }),
      ...(sync !== undefined && { sync }),
    },
  });
  return { id, offer, keys };
}

export function heard(
  agent: Agent,
  hand: HandAgent,
  which: (message: OfferMessage) => boolean,
): Promise<OfferMessage> {
  return agent.until('what bob should hear', () => hand.heard.find(which));
}

export function isAnswer(message: OfferMessage, id: string, decision: string): boolean {
  return (
    message.type === OfferType.answer &&
    message.answer.id === id &&
    message.answer.decision === decision
  );
}

/** What was said before has been heard when this resolves. */
export async function probe(agent: Agent, hand: HandAgent): Promise<void> {
  const id = randomBytes(16).toString('hex');
  hand.say({ type: OfferType.open, ids: [id] });
  await heard(
    agent,
    hand,
    (message) => message.type === OfferType.withdraw && message.ids[0] === id,
  );
}

export function openOffer(transferId: string, from = 'mallory', to = 'bob') {
  return {
    title: 'An offer',
    type: 'file_offer',
    channel: 'p2p-transfer',
    payload: {
      transfer_id: transferId,
      sender_id: from,
      recipient_id: to,
      file_name: 'open.txt',
      file_size: 3,
      file_hash: '0'.repeat(64),
    },
  };
}
