import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { decodeCard, encodeCard, MAX_CARD_BYTES, type Card } from '../../../src/core/identity/card';

const card: Card = {
  publicKey: Buffer.alloc(32, 7),
  actorId: 'ann',
  name: 'Ann Ó 💥',
  origin: 'https://hub.example:8443',
};

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  const head =
    bytes.length <= 0xfc ? [bytes.length] : [0xfd, bytes.length & 255, bytes.length >> 8];
  return Buffer.concat([Buffer.from(head), bytes]);
};
const byHand = ({ publicKey, actorId, name, origin }: Card, version = 1): Buffer =>
  Buffer.concat([Buffer.from([version]), publicKey, text(actorId), text(name), text(origin)]);

const refused = (bytes: Buffer): void => {
  assert.throws(() => decodeCard(bytes), { code: 'PROTOCOL' }, bytes.toString('hex'));
};

describe('a card', () => {
  it('is one record, there and back', () => {
    assert.deepEqual(encodeCard(card), byHand(card));
    assert.deepEqual(decodeCard(byHand(card)), card);
    const largest: Card = {
      publicKey: randomBytes(32),
      actorId: 'x'.repeat(128),
      name: '漢'.repeat(128),
      origin: `https://${'a.'.repeat(120)}aa:65000`,
    };
    assert.ok(encodeCard(largest).length <= MAX_CARD_BYTES);
    assert.deepEqual(decodeCard(encodeCard(largest)), largest);
  });

  it('ends exactly at its end, and has one form', () => {
    const bytes = byHand(card);
    for (let length = 0; length < bytes.length; length++) refused(bytes.subarray(0, length));
    refused(Buffer.concat([bytes, Buffer.from([0])]));
    refused(Buffer.concat([bytes, bytes]));
    refused(Buffer.alloc(MAX_CARD_BYTES + 1));
    for (const version of [0, 2, 252]) refused(byHand(card, version));
    // The version in three bytes, a length in three bytes, and one that promises gigabytes.
    refused(Buffer.concat([Buffer.from([0xfd, 1, 0]), bytes.subarray(1)]));
    const long = Buffer.from([0xfd, 3, 0]);
    refused(Buffer.concat([bytes.subarray(0, 33), long, bytes.subarray(34)]));
    const huge = Buffer.from([0xff, ...Buffer.alloc(8, 0x7f)]);
    refused(Buffer.concat([bytes.subarray(0, 33), huge, bytes.subarray(34)]));
    // Bytes that are no UTF-8, which a lenient reader turns into U+FFFD.
    const broken = Buffer.from(bytes);
    broken[broken.indexOf('Ann')] = 0xff;
    refused(broken);
  });

  it('refuses what cannot be an id, a name or an origin, from others and from ourselves', () => {
    const faults: Partial<Card>[] = [
      ...['', 'a b', 'é', 'a\n', 'x'.repeat(129)].map((actorId) => ({ actorId })),
      ...['', ' ', '\n', 'x'.repeat(129)].map((name) => ({ name })),
      ...['', 'hub', 'https://hub/', 'https://hub/a', 'https://hub?a', 'https://a@hub'].map(
        (origin) => ({ origin }),
      ),
      ...['HTTPS://hub', 'https://HUB', 'https://hub:443', 'ftp://hub', 'javascript:1', 'null'].map(
        (origin) => ({ origin }),
      ),
      { origin: `https://${'a'.repeat(250)}` },
    ];
    for (const fault of faults) {
      const wrong = { ...card, ...fault };
      refused(byHand(wrong));
      assert.throws(() => encodeCard(wrong), { code: 'CONFIG_INVALID' }, JSON.stringify(fault));
    }
    assert.throws(() => encodeCard({ ...card, name: 'half \ud83d' }), { code: 'CONFIG_INVALID' });
    assert.throws(() => encodeCard({ ...card, publicKey: randomBytes(31) }), {
      code: 'CONFIG_INVALID',
    });
  });
});
