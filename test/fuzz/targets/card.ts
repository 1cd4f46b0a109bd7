import { decodeCard, encodeCard, type Card } from '../../../src/core/identity/card';
import { demand, demandSameBytes, readOr } from '../properties';
import type { FuzzTarget } from '../target';
import { identities } from './people';

const { alice } = identities;

/** What is accepted is what would have been written, byte for byte, and within every limit. */
export const target: FuzzTarget = {
  covers: ['src/core/identity/card.ts'],
  kind: 'bytes',
  dictionary: ['http://', 'https://', 'https://a.b', ':443', '/', '\u202e', ' ', '\ud83d'],
  seeds: () => [
    encodeCard(card('alice', 'Alice', 'https://ats.example')),
    encodeCard(card('a', 'ユーザー', 'http://127.0.0.1:7777')),
    encodeCard(card('x'.repeat(128), 'y'.repeat(128), 'https://xn--bcher-kva.example:8443')),
  ],
  fuzz(input) {
    const read = readOr(['PROTOCOL'], () => decodeCard(input))?.value;
    if (read === undefined) return false;
    demandGoodCard(read);
    demandSameBytes(encodeCard(read), input, 'one card in two encodings');
    return true;
  },
};

export function demandGoodCard({ publicKey, actorId, name, origin }: Card): void {
  demand(publicKey.length === 32, 'a key of another length');
  demand(actorId.length >= 1 && actorId.length <= 128, 'an id beyond its limits');
  demand(/^[\x21-\x7e]+$/.test(actorId), 'an id with characters that it may not have');
  demand(name.length >= 1 && name.length <= 128, 'a name beyond its limits');
  demand(origin.length <= 256 && new URL(origin).origin === origin, 'an origin that is none');
  demand(/^https?:\/\//.test(origin), 'an origin that is not of the web');
}

function card(actorId: string, name: string, origin: string): Card {
  return { publicKey: alice.publicKey, actorId, name, origin };
}
