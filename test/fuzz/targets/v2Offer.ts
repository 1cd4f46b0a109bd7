import {
  OfferType,
  decodeOfferMessage,
  encodeOfferMessage,
  type OfferMessage,
} from '../../../src/core/wire/v2Offer';
import { demand, demandEqual, readOr } from '../properties';
import type { FuzzTarget } from '../target';

const id = '0123456789abcdef'.repeat(2);

/** The type, then JSON. */
export const target: FuzzTarget = {
  covers: ['src/core/wire/v2Offer.ts'],
  kind: 'json',
  head: 1,
  dictionary: ['signed', 'signature', 'decision', 'reason', 'receipt', 'ids', 'failed', id],
  seeds: () =>
    (
      [
        { type: OfferType.offer, offer: { signed: 'e30', signature: 'A'.repeat(86) } },
        { type: OfferType.answer, answer: { id, decision: 'declined', reason: 'no' } },
        { type: OfferType.answer, answer: { id, decision: 'received', receipt: 'a'.repeat(64) } },
        { type: OfferType.answer, answer: { id, decision: 'failed' } },
        { type: OfferType.withdraw, ids: [id] },
        { type: OfferType.open, ids: [] },
      ] satisfies OfferMessage[]
    ).map((message) => Buffer.concat([Buffer.from([message.type]), encodeOfferMessage(message)])),
  fuzz(input) {
    const type = (input[0] ?? 0) % 8;
    const message = readOr(['PROTOCOL'], () => decodeOfferMessage(type, input.subarray(1)))?.value;
    if (message === undefined) return false;
    demand(message.type === type, 'another message than was sent');
    check(message);
    const again = decodeOfferMessage(message.type, encodeOfferMessage(message));
    demandEqual(again, message, 'written and read again it is another');
    if ((type === OfferType.withdraw || type === OfferType.open) && input.length % 4 === 0) {
      const many = Buffer.from(JSON.stringify({ ids: Array<string>(1001).fill(id) }));
      const read = readOr(['PROTOCOL'], () => decodeOfferMessage(type, many));
      demand(read === undefined, 'more ids than a message may have');
    }
    // As large as it may not be, and still the same JSON.
    const padded = Buffer.concat([input.subarray(1), Buffer.alloc(64 * 1024, ' ')]);
    demand(
      readOr(['PROTOCOL'], () => decodeOfferMessage(type, padded)) === undefined,
      'a message beyond its limit',
    );
    return true;
  },
};

function check(message: OfferMessage): void {
  switch (message.type) {
    case OfferType.offer:
      demand(/^[\w-]{86}$/.test(message.offer.signature), 'a signature that is none');
      demand(/^[\w-]{1,22000}$/.test(message.offer.signed), 'signed bytes that are none');
      return;
    case OfferType.answer: {
      const { answer } = message;
      demand(isId(answer.id), 'an id that is none');
      if (answer.decision === 'received') {
        demand(/^[0-9a-f]{64}$/.test(answer.receipt), 'a receipt that is none');
      } else {
        demand((answer.reason ?? '').length <= 500, 'a reason beyond its limit');
      }
      return;
    }
    case OfferType.withdraw:
    case OfferType.open:
      demand(message.ids.length <= 1000, 'more ids than a message may have');
      demand(message.ids.every(isId), 'an id that is none');
  }
}

function isId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}
