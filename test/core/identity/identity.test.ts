import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { fingerprintOf } from '../../../src/core/identity/fingerprint';
import { identityFromSeed, newIdentity, verify } from '../../../src/core/identity/identity';
import { inviteMacKey, inviteTopic } from '../../../src/core/identity/inviteKeys';
import { derive, equalBytes, hash, kidOf, mac } from '../../../src/core/identity/primitives';
import { receiptOf } from '../../../src/core/identity/receipt';
import * as hand from './byHand';

const seedOf = (text: string): Buffer => hand.sha256(Buffer.from(text));

describe('the key schedule, computed twice', () => {
  it('knows the published vectors for Ed25519 and HKDF', () => {
    // RFC 8032, 7.1, test 1; RFC 5869, A.3 has an empty salt and info.
    const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
    const publicKey = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
    const identity = identityFromSeed(Buffer.from(seed, 'hex'));
    assert.equal(identity.publicKey.toString('hex'), publicKey);
    const ikm = Buffer.alloc(22, 0x0b);
    assert.equal(
      hand.hkdf(ikm, Buffer.alloc(0), Buffer.alloc(0)).toString('hex'),
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d',
    );
  });

  it('labels, MACs, derives and hashes as the page says', () => {
    const key = randomBytes(32);
    for (const parts of [[], [''], ['a', ''], ['', 'a'], ['a'.repeat(70_000)]]) {
      assert.deepEqual(mac(key, 'label', ...parts), hand.MAC(key, 'label', ...parts));
    }
    assert.notDeepEqual(mac(key, 'l', 'ab', 'c'), mac(key, 'l', 'a', 'bc'));
    assert.notDeepEqual(mac(key, 'l', 'a'), mac(key, 'l', 'a', ''));
    assert.deepEqual(derive(key, 'label'), hand.X(key, 'label', ''));
    assert.deepEqual(derive(key, 'label', 'ctx'), hand.X(key, 'label', 'ctx'));
    assert.deepEqual(hash(Buffer.from('a'), Buffer.from('b')), hand.sha256(Buffer.from('ab')));
    const secret = randomBytes(16);
    assert.deepEqual(inviteTopic(secret), hand.X(secret, 'beeline/pair-topic/1'));
    assert.deepEqual(inviteMacKey(secret), hand.X(secret, 'beeline/pair-mac/1'));
    const [id, tree] = [randomBytes(16), randomBytes(32)];
    assert.deepEqual(receiptOf(key, id, tree), hand.MAC(key, 'beeline/receipt/1', id, tree));
  });

  it('stays what it is: fixed answers for two fixed identities', () => {
    const [one, two] = [identityFromSeed(seedOf('one')), identityFromSeed(seedOf('two'))];
    const keys = one.pairKeys(two.publicKey);
    assert.deepEqual(
      {
        kid: one.kid,
        fingerprint: one.fingerprint,
        side: keys.side,
        link: keys.linkKey.toString('hex'),
        topic: keys.topic.toString('hex'),
      },
      FIXED,
    );
  });

  it('gives both sides of a pair the keys that were computed by hand', () => {
    for (let round = 0; round < 20; round++) {
      const [a, b] = [seedOf(`a${round}`), seedOf(`b${round}`)];
      const [one, other] = [identityFromSeed(a), identityFromSeed(b)];
      const [handOne, handOther] = [new hand.HandIdentity(a), new hand.HandIdentity(b)];
      assert.deepEqual(one.publicKey, handOne.publicKey);
      assert.equal(one.kid, handOne.kid.toString('hex'));
      assert.equal(kidOf(other.publicKey), handOther.kid.toString('hex'));
      const root = handOne.pairRoot(handOther.publicKey);
      assert.deepEqual(root, handOther.pairRoot(handOne.publicKey));
      const id = randomBytes(16);
      for (const keys of [one.pairKeys(other.publicKey), other.pairKeys(one.publicKey)]) {
        assert.deepEqual(keys.linkKey, hand.X(root, 'beeline/link/1'));
        assert.deepEqual(keys.topic, hand.X(root, 'beeline/topic/1'));
        assert.deepEqual(keys.relayToken, hand.X(root, 'beeline/ws-relay/1'));
        assert.deepEqual(keys.receiptKey, hand.X(root, 'beeline/receipt/1'));
        assert.deepEqual(keys.offerSealKey(id), hand.X(root, 'beeline/offer-seal/1', id));
      }
      assert.equal(one.pairKeys(other.publicKey).side, handOne.side(other.publicKey));
      assert.equal(other.pairKeys(one.publicKey).side, handOther.side(one.publicKey));
    }
  });
});

/** Computed by hand.HandIdentity once; whoever changes them parts from every paired agent. */
const FIXED = {
  kid: 'c1de681105959549b43c3933bfa2576e7aee54d7da6441e37a9f688fb23c43ac',
  fingerprint: '05578 53290 91535 25368 65658 57003',
  side: 'high',
  link: '0deb0b1261589baf1fed42661f1a43b763d952332517c03f8d41ba88e18bdd91',
  topic: 'd4ac17fe10c3e497102ac3db9cc420f487859722d617c27fa96f664085bc12c7',
};

describe('an identity', () => {
  it('signs so that any Ed25519 verifies it, and refuses every flipped bit', () => {
    const identity = newIdentity();
    const parts = [Buffer.from('a'), Buffer.alloc(0), randomBytes(40)];
    const signature = identity.sign('label', ...parts);
    assert.ok(hand.isSignedBy(identity.publicKey, signature, 'label', ...parts));
    assert.ok(verify(identity.publicKey, signature, 'label', ...parts));
    for (let bit = 0; bit < signature.length * 8; bit++) {
      assert.ok(!verify(identity.publicKey, flipped(signature, bit), 'label', ...parts));
    }
    assert.ok(!verify(identity.publicKey, signature, 'Label', ...parts));
    assert.ok(!verify(identity.publicKey, signature, 'label', ...parts, Buffer.alloc(0)));
    assert.ok(!verify(identity.publicKey, signature, 'label', ...parts.slice(1)));
    assert.ok(!verify(newIdentity().publicKey, signature, 'label', ...parts));
    for (const wrong of [Buffer.alloc(0), signature.subarray(1), Buffer.alloc(65)]) {
      assert.ok(!verify(identity.publicKey, wrong, 'label', ...parts));
    }
    assert.ok(!verify(Buffer.alloc(31), signature, 'label', ...parts));
    // The neutral element "signs" everything where a library does not refuse it.
    const neutral = Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]);
    const nothing = Buffer.concat([neutral, Buffer.alloc(32)]);
    assert.ok(!verify(neutral, nothing, 'label', ...parts));
  });

  it('shares nothing with itself or with what is no key', () => {
    const identity = newIdentity();
    assert.throws(() => identity.pairKeys(identity.publicKey), { code: 'INVITE_SELF' });
    const p = 2n ** 255n - 19n;
    const smallOrder = [0n, 1n, p - 1n, p, p + 1n, 2n ** 255n - 1n].map((y) =>
      Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse(),
    );
    // A point that is off the curve, and others of order 8.
    smallOrder.push(
      Buffer.concat([Buffer.from([2]), Buffer.alloc(31)]),
      Buffer.from('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'hex'),
      Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex'),
      Buffer.alloc(31, 9),
      Buffer.alloc(33, 9),
      Buffer.alloc(0),
    );
    for (const key of smallOrder) {
      assert.throws(() => identity.pairKeys(key), { code: 'PROOF_REFUSED' }, key.toString('hex'));
    }
  });

  it('keeps its secret out of everything that prints', () => {
    const seed = randomBytes(32);
    const identity = identityFromSeed(seed);
    const printed = [
      inspect(identity, { depth: 10, showHidden: true, maxArrayLength: null }),
      JSON.stringify(identity),
    ].join('\n');
    assert.ok(!printed.includes(seed.toString('hex').slice(0, 8)));
    assert.ok(!printed.includes(inspect(seed).slice(8, 20)));
    assert.ok(!printed.includes([...seed.subarray(0, 4)].join(',')));
  });

  it('has a fingerprint of 30 digits that follows from the key alone', () => {
    const identity = newIdentity();
    const sum = hand.sha256(hand.L('beeline/fingerprint/1'), hand.kid(identity.publicKey));
    const digits = (BigInt(`0x${sum.toString('hex')}`) % 10n ** 30n).toString().padStart(30, '0');
    assert.equal(identity.fingerprint.replaceAll(' ', ''), digits);
    assert.match(identity.fingerprint, /^\d{5}( \d{5}){5}$/);
    assert.equal(fingerprintOf(identity.publicKey), identity.fingerprint);
    assert.equal(fingerprintOf(identity.kid), identity.fingerprint);
  });

  it('compares lengths before bytes', () => {
    assert.ok(equalBytes(Buffer.from('abc'), Buffer.from('abc')));
    assert.ok(!equalBytes(Buffer.from('abc'), Buffer.from('abd')));
    assert.ok(!equalBytes(Buffer.from('abc'), Buffer.from('ab')));
    assert.ok(!equalBytes(Buffer.alloc(0), Buffer.alloc(1)));
  });
});

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >>> 3] = (copy[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
