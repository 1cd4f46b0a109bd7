import assert from 'node:assert/strict';
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import sodium from 'sodium-universal';
import { identityFromSeed, newIdentity } from '../../../src/core/identity/identity';
import { makeEphemeral, type SessionAgreement } from '../../../src/core/identity/sessionKeys';
import * as hand from './byHand';

const seeds = [randomBytes(32), randomBytes(32)] as const;
const [ann, ben] = [identityFromSeed(seeds[0]), identityFromSeed(seeds[1])];
const handAnn = new hand.HandIdentity(seeds[0]);
const [request, answer] = [Buffer.from('the request’s bytes'), Buffer.from('the answer’s bytes')];

const SPKI = Buffer.from('302a300506032b656e032100', 'hex');

/** An X25519 key pair of Node's. */
class HandEphemeral {
  private readonly pair = generateKeyPairSync('x25519');
  readonly publicKey = this.pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);

  agree(theirs: Uint8Array): Buffer {
    const publicKey = createPublicKey({
      key: Buffer.concat([SPKI, theirs]),
      format: 'der',
      type: 'spki',
    });
    return diffieHellman({ privateKey: this.pair.privateKey, publicKey });
  }
}

/** As docs/keys.md says, with what Node has. */
function keysByHand(shared: Buffer, pairRoot: Buffer) {
  const salt = hand.sha256(hand.L(request), hand.L(answer));
  const material = Buffer.concat([shared, pairRoot]);
  const key = Buffer.from(hkdfSync('sha256', material, salt, 'beeline/session-key/1', 32));
  const sealed = (context: string): Buffer =>
    Buffer.from(
      hkdfSync('sha256', key, Buffer.alloc(0), hand.joined('beeline/sealed/1', context), 32),
    );
  return {
    caller: { signal: sealed('caller/signal'), chat: sealed('caller/chat') },
    callee: { signal: sealed('callee/signal'), chat: sealed('callee/chat') },
  };
}

/** Ann calls Ben. */
function agreement(
  ephemeral = makeEphemeral(),
  theirs: Uint8Array = new HandEphemeral().publicKey,
): SessionAgreement {
  return { side: 'caller', ephemeral, theirs, peerPublicKey: ben.publicKey, request, answer };
}

describe('the keys of a session', () => {
  it('are those computed by hand, for the caller and for the callee', () => {
    const theirs = new HandEphemeral();
    const ephemeral = makeEphemeral();
    const expected = keysByHand(theirs.agree(ephemeral.publicKey), handAnn.pairRoot(ben.publicKey));
    assert.deepEqual(ann.sessionKeys(agreement(ephemeral, theirs.publicKey)), {
      send: expected.caller,
      receive: expected.callee,
    });

    const [calling, called] = [new HandEphemeral(), makeEphemeral()];
    const other = keysByHand(calling.agree(called.publicKey), handAnn.pairRoot(ben.publicKey));
    assert.deepEqual(
      ben.sessionKeys({
        ...agreement(called, calling.publicKey),
        side: 'callee',
        peerPublicKey: ann.publicKey,
      }),
      { send: other.callee, receive: other.caller },
    );
  });

  it('are four, and the other side’s the other way round', () => {
    const [c, e] = [makeEphemeral(), makeEphemeral()];
    const [publicC, publicE] = [Buffer.from(c.publicKey), Buffer.from(e.publicKey)];
    const caller = ann.sessionKeys(agreement(c, publicE));
    const callee = ben.sessionKeys({
      ...agreement(e, publicC),
      side: 'callee',
      peerPublicKey: ann.publicKey,
    });
    assert.deepEqual(caller.send, callee.receive);
    assert.deepEqual(caller.receive, callee.send);
    const all = [caller.send, caller.receive].flatMap(({ signal, chat }) => [signal, chat]);
    assert.equal(new Set(all.map((key) => key.toString('hex'))).size, 4);
  });

  it('are others when anything that was said was another', () => {
    // The same ephemeral keys each time, so that only what is changed makes the difference.
    const pair = pairFrom(randomBytes(32));
    const theirs = new HandEphemeral().publicKey;
    const keys = (change: Partial<SessionAgreement> = {}, identity = ann): string =>
      identity.sessionKeys({ ...agreement(pair(), theirs), ...change }).send.signal.toString('hex');
    const same = keys();
    assert.equal(keys(), same);
    const cut = { request: request.subarray(1), answer: answer.subarray(1) };
    const moved = {
      request: Buffer.concat([request, answer.subarray(0, 1)]),
      answer: answer.subarray(1),
    };
    const others = [
      keys({ request: cut.request }),
      keys({ answer: cut.answer }),
      keys({ request: answer, answer: request }),
      keys(moved),
      keys({ side: 'callee' }),
      keys({ theirs: new HandEphemeral().publicKey }),
      keys({ peerPublicKey: newIdentity().publicKey }),
      keys({}, newIdentity()),
    ];
    assert.equal(new Set([same, ...others]).size, others.length + 1);
  });

  it('come about with no key that leads to zeros, or is none', () => {
    const orders = [
      '00'.repeat(32),
      `01${'00'.repeat(31)}`,
      `ec${'ff'.repeat(30)}7f`,
      `ed${'ff'.repeat(30)}7f`,
      `ee${'ff'.repeat(30)}7f`,
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    ].map((hex) => Buffer.from(hex, 'hex'));
    // The top bit of a key does not count (RFC 7748).
    const masked = orders.map((key) => Buffer.from([...key.subarray(0, 31), (key[31] ?? 0) | 128]));
    const none = [Buffer.alloc(0), Buffer.alloc(31, 9), Buffer.alloc(33, 9)];
    for (const theirs of [...orders, ...masked, ...none]) {
      const ephemeral = makeEphemeral();
      assert.throws(() => ann.sessionKeys(agreement(ephemeral, theirs)), { code: 'PROOF_REFUSED' });
      assert.throws(() => ephemeral.agree(new HandEphemeral().publicKey), { code: 'INTERNAL' });
    }
    assert.throws(() => ann.sessionKeys({ ...agreement(), peerPublicKey: ann.publicKey }), {
      code: 'INVITE_SELF',
    });
    assert.throws(() => ann.sessionKeys({ ...agreement(), peerPublicKey: Buffer.alloc(32) }), {
      code: 'PROOF_REFUSED',
    });
  });

  it('leave no secret half behind, whatever came of it', () => {
    const made: Buffer[] = [];
    const original = sodium.crypto_box_keypair;
    const writable = sodium;
    writable.crypto_box_keypair = (publicKey, secretKey) => {
      original(publicKey, secretKey);
      made.push(secretKey as Buffer);
    };
    try {
      const [used, failed, refused, unused] = [1, 2, 3, 4].map(() => makeEphemeral());
      assert.ok(used && failed && refused && unused);
      for (const secret of made) assert.ok(!secret.equals(Buffer.alloc(32)));
      ann.sessionKeys(agreement(used));
      assert.throws(() => ann.sessionKeys(agreement(failed, Buffer.alloc(32))));
      assert.throws(() =>
        ann.sessionKeys({ ...agreement(refused), peerPublicKey: Buffer.alloc(32) }),
      );
      unused.destroy();
      assert.equal(made.length, 4);
      for (const secret of made) assert.deepEqual(secret, Buffer.alloc(32));
      assert.throws(() => ann.sessionKeys(agreement(used)), { code: 'INTERNAL' });
    } finally {
      writable.crypto_box_keypair = original;
    }
  });
});

/** Ephemeral keys of one secret, as many as are asked for. */
function pairFrom(secret: Buffer): () => SessionAgreement['ephemeral'] {
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), secret]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey)
    .export({ format: 'der', type: 'spki' })
    .subarray(-32);
  return () => ({
    publicKey,
    agree: (theirs) =>
      diffieHellman({
        privateKey,
        publicKey: createPublicKey({
          key: Buffer.concat([SPKI, theirs]),
          format: 'der',
          type: 'spki',
        }),
      }),
    destroy: () => undefined,
  });
}
