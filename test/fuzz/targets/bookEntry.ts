import { checkEntry, readEntry, toStored } from '../../../src/core/identity/bookEntry';
import { fingerprintOf } from '../../../src/core/identity/fingerprint';
import { kidOf } from '../../../src/core/identity/primitives';
import { demand, demandEqual, jsonSeeds, parseJson } from '../properties';
import type { FuzzTarget } from '../target';
import { identities } from './people';

const { alice, bob } = identities;

export const goodEntry = {
  kid: bob.kid,
  publicKey: bob.publicKey.toString('hex'),
  actorId: 'bob',
  name: 'Bob',
  origin: 'https://ats.example',
  pairedAt: '2026-03-01T12:00:00.000Z',
  lastSeenAt: '2026-03-02T12:00:00.000Z',
  allowed: false,
  blocked: false,
};

/** What is accepted can be written and is the same again; its key id is that of its key. */
export const target: FuzzTarget = {
  covers: ['src/core/identity/bookEntry.ts'],
  kind: 'json',
  dictionary: [...Object.keys(goodEntry), alice.kid, '2026-02-30T00:00:00.000Z', 'http://'],
  seeds: () => {
    const { lastSeenAt: _, ...unseen } = goodEntry;
    return jsonSeeds(goodEntry, { ...unseen, blocked: true, fingerprint: 'of another' });
  },
  fuzz(input) {
    const entry = readEntry(parseJson(input)?.value);
    if (entry === undefined) return false;
    demand(kidOf(Buffer.from(entry.publicKey, 'hex')) === entry.kid, 'a key id of another key');
    demand(entry.fingerprint === fingerprintOf(entry.kid), 'a fingerprint of another key');
    demand(/^[\x21-\x7e]{1,128}$/.test(entry.actorId), 'an id that cannot be one');
    demand(entry.name.trim() !== '' && entry.name.length <= 128, 'a name that cannot be one');
    demand(new URL(entry.origin).origin === entry.origin, 'an origin that is none');
    const stored = JSON.parse(JSON.stringify(toStored(checkEntry(entry)))) as unknown;
    demandEqual(readEntry(stored), entry, 'written and read again it is another');
    return true;
  },
};
