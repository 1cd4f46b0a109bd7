import { readRelayHello } from '../../../src/hub/relay/relayHello';
import { demand, demandEqual, jsonSeeds } from '../properties';
import type { FuzzTarget } from '../target';

const token = '0123456789abcdef'.repeat(4);

/** The first message of a socket at the hub's relay: a token and a side, or nothing at all. */
export const target: FuzzTarget = {
  covers: ['src/hub/relay/relayHello.ts'],
  kind: 'json',
  dictionary: ['token', 'side', 'low', 'high', token],
  seeds: () =>
    jsonSeeds(
      { token, side: 'low' },
      { token: token.toUpperCase(), side: 'high', later: 'x'.repeat(900) },
    ),
  fuzz(input) {
    const hello = readRelayHello(input);
    demand(readRelayHello(undefined) === undefined, 'a hello of nothing');
    if (hello === undefined) return false;
    demand(input.length <= 1024, 'a hello beyond its limit');
    demand(/^[0-9a-f]{64}$/.test(hello.token), 'a token that is none');
    demand(['low', 'high'].includes(hello.side), 'a side that is none');
    demand(Object.keys(hello).length === 2, 'more than was asked for');
    const written = Buffer.from(JSON.stringify(hello));
    demandEqual(readRelayHello(written), hello, 'written and read again it is another');
    return true;
  },
};
