import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { identityFromSeed, newIdentity } from '../../../src/core/identity/identity';
import { readOffer, signOffer, type VerifiedOffer } from '../../../src/core/identity/signedBytes';
import * as hand from './byHand';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const now = Date.parse('2030-05-05T12:00:00.000Z');
const iso = (offset: number): string => new Date(now + offset).toISOString();

const seeds = [randomBytes(32), randomBytes(32)] as const;
const [ann, ben] = [identityFromSeed(seeds[0]), identityFromSeed(seeds[1])];
const [handAnn, handBen] = [new hand.HandIdentity(seeds[0]), new hand.HandIdentity(seeds[1])];
const id = randomBytes(16).toString('hex');

/** Ann offers Ben. */
const offer = {
  identity: ann,
  keys: ann.pairKeys(ben.publicKey),
  recipientKid: ben.kid,
  id,
  createdAt: iso(0),
  expiresAt: iso(DAY),
  kind: 'file' as const,
  entries: 1,
  size: 12,
  details: { name: 'Plan – v2.pdf' },
};

const find = (kid: string) =>
  kid === ann.kid ? { publicKey: ann.publicKey, keys: ben.pairKeys(ann.publicKey) } : undefined;

const read = (message: { signed: string; signature: string }, at = now): VerifiedOffer =>
  readOffer(message, { identity: ben, find, now: at });

const refused = (message: { signed: string; signature: string }, code: string, at = now): void => {
  assert.throws(() => read(message, at), { code });
};

function sealed(name: unknown, sealId = id): string {
  return sealedAs({ name }, sealId);
}

function sealedAs(details: object, sealId = id): string {
  const key = hand.X(
    handAnn.pairRoot(handBen.publicKey),
    'beeline/offer-seal/1',
    Buffer.from(sealId, 'hex'),
  );
  const cipher = createCipheriv('aes-256-gcm', key, Buffer.alloc(12));
  cipher.setAAD(Buffer.concat([hand.L('beeline/offer-seal/1'), Buffer.from(sealId, 'hex')]));
  const bytes = cipher.update(JSON.stringify(details));
  return Buffer.concat([bytes, cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** What Ann could sign by hand. */
function signed(change: object = {}, label = 'beeline/offer/1', text?: string | Buffer) {
  const fields = {
    version: 1,
    id,
    sender: ann.kid,
    recipient: ben.kid,
    created_at: iso(0),
    expires_at: iso(DAY),
    kind: 'file',
    entries: 1,
    size: 12,
    sealed: sealed('Plan – v2.pdf'),
    ...change,
  };
  const bytes = Buffer.from((text as string | undefined) ?? JSON.stringify(fields));
  return {
    signed: bytes.toString('base64url'),
    signature: handAnn.sign(label, bytes).toString('base64url'),
  };
}

const expected: VerifiedOffer = {
  id,
  senderKid: ann.kid,
  recipientKid: ben.kid,
  createdAt: iso(0),
  expiresAt: iso(DAY),
  kind: 'file',
  entries: 1,
  size: 12,
  details: { name: 'Plan – v2.pdf', roots: 1 },
};

describe('a signed offer', () => {
  it('has the bytes that were computed by hand, and is read as it was meant', () => {
    const message = signOffer(offer);
    assert.deepEqual(message, signed());
    assert.deepEqual(read(message), expected);
    const bytes = Buffer.from(message.signed, 'base64url').toString();
    assert.ok(!bytes.includes('Plan'), 'the name is not for the task service');
    assert.deepEqual(read(signed({ size: 0, entries: 3, kind: 'folder', sealed: sealed('x') })), {
      ...expected,
      ...{ size: 0, entries: 3, kind: 'folder', details: { name: 'x', roots: 1 } },
    });
  });

  it('is refused with any bit flipped, in what was signed and in the signature', () => {
    const message = signOffer(offer);
    const bytes = Buffer.from(message.signed, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >>> 3] = (flipped[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      const wrong = { ...message, signed: flipped.toString('base64url') };
      assert.throws(
        () => read(wrong),
        ({ code }: { code?: unknown }) =>
          ['SIGNATURE_INVALID', 'AGENT_UNKNOWN', 'PROTOCOL'].includes(String(code)),
      );
    }
    const signature = Buffer.from(message.signature, 'base64url');
    for (let bit = 0; bit < 512; bit++) {
      const flipped = Buffer.from(signature);
      flipped[bit >>> 3] = (flipped[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      refused({ ...message, signature: flipped.toString('base64url') }, 'SIGNATURE_INVALID');
    }
    for (const wrong of ['', 'x', `${message.signature}=`, message.signature.slice(1)]) {
      refused({ ...message, signature: wrong }, 'SIGNATURE_INVALID');
    }
    refused({ ...message, signature: `${message.signature}A` }, 'SIGNATURE_INVALID');
    refused({ ...message, signature: 'A'.repeat(1_000_000) }, 'SIGNATURE_INVALID');
    // The same bytes in another spelling.
    refused({ ...message, signed: `${message.signed}=` }, 'PROTOCOL');
    refused({ ...message, signed: `${message.signed}\n` }, 'PROTOCOL');
  });

  it('is refused from whom we do not know, and from one who takes another one’s name', () => {
    const eve = newIdentity();
    const keys = eve.pairKeys(ben.publicKey);
    refused(signOffer({ ...offer, identity: eve, keys }), 'AGENT_UNKNOWN');
    // Eve signs what bears Ann's key id.
    const [named] = [signed()];
    const bytes = Buffer.from(named.signed, 'base64url');
    const signature = eve.sign('beeline/offer/1', bytes).toString('base64url');
    refused({ ...named, signature }, 'SIGNATURE_INVALID');
    // A book that has Eve's key under Ann's id vouches for nobody.
    assert.throws(
      () =>
        readOffer(
          { ...named, signature },
          { identity: ben, find: () => ({ publicKey: eve.publicKey, keys }), now },
        ),
      { code: 'SIGNATURE_INVALID' },
    );
  });

  it('is refused when it was signed as something else, or for somebody else', () => {
    refused(signed({}, 'beeline/session/1'), 'SIGNATURE_INVALID');
    refused(signed({}, 'beeline/answer/1'), 'SIGNATURE_INVALID');
    refused(signed({ recipient: ann.kid }), 'PROTOCOL');
    refused(signed({ recipient: newIdentity().kid }), 'PROTOCOL');
    // Ann's own offer comes back to her: she is not in her own book.
    assert.throws(
      () => readOffer(signOffer(offer), { identity: ann, find: () => undefined, now }),
      {
        code: 'AGENT_UNKNOWN',
      },
    );
  });

  it('keeps its times', () => {
    const message = signOffer(offer);
    for (const at of [-5 * MINUTE, 0, DAY, DAY + 5 * MINUTE]) assert.ok(read(message, now + at));
    refused(message, 'CLOCK_SKEW', now - 5 * MINUTE - 1);
    refused(message, 'OFFER_UNKNOWN', now + DAY + 5 * MINUTE + 1);
    assert.ok(read(signed({ expires_at: iso(7 * DAY) })));
    refused(signed({ expires_at: iso(7 * DAY + 1) }), 'PROTOCOL');
    refused(signed({ expires_at: iso(0) }), 'PROTOCOL');
    refused(signed({ expires_at: iso(-1) }), 'PROTOCOL');
    for (const created_at of ['', 'now', '2030-05-05', '2030-05-05T12:00:00Z', now, null]) {
      refused(signed({ created_at }), 'PROTOCOL');
    }
    refused(signed({ created_at: '2030-05-05T14:00:00.000+02:00' }), 'PROTOCOL');
    refused(signed({ created_at: '+275760-09-13T00:00:00.000Z', expires_at: '' }), 'PROTOCOL');
  });

  it('refuses fields that are missing, of another kind, or out of bounds', () => {
    const wrongs: object[] = [
      ...[0, 2, '1', null].map((version) => ({ version })),
      ...['', 'A'.repeat(32), 'a'.repeat(31), 5].map((wrong) => ({ id: wrong })),
      ...['link', '', 1].map((kind) => ({ kind })),
      ...[-1, 0.5, '1', 1e9, null].map((entries) => ({ entries })),
      ...[-1, 0.5, '1', 2 ** 53, null].map((size) => ({ size })),
      ...['', 'AA', 'A'.repeat(9001), 5, sealed(''), sealed(5), sealed('x'.repeat(1025))].map(
        (wrong) => ({ sealed: wrong }),
      ),
      { sealed: sealed('x', randomBytes(16).toString('hex')) },
      { sender: undefined },
      { recipient: undefined, to: ben.kid },
      { size: undefined, file_size: 12 },
      { created_at: undefined },
    ];
    for (const wrong of wrongs) refused(signed(wrong), 'PROTOCOL');
    for (const text of ['', 'null', '[]', '5', '{}', '{', '\ufeff{}']) {
      refused(signed({}, 'beeline/offer/1', text), 'PROTOCOL');
    }
    const { signed: good } = signed();
    const json = Buffer.from(good, 'base64url').toString();
    // Not UTF-8, and a byte order mark, which some readers drop.
    const broken = Buffer.from(json);
    broken[broken.indexOf('file')] = 0xff;
    refused(signed({}, 'beeline/offer/1', broken), 'PROTOCOL');
    refused(signed({}, 'beeline/offer/1', `\ufeff${json}`), 'PROTOCOL');
    assert.deepEqual(read(signed({ more: 'from a later version' })), expected);
  });

  it('seals how many roots it has and what it keeps in step, and refuses what contradicts itself', () => {
    const sync = { id: 'a1'.repeat(16), delete: true };
    const folder = { ...offer, kind: 'folder' as const, entries: 3 };
    for (const details of [
      { name: 'one', roots: 1, sync },
      { name: 'several', roots: 3 },
    ]) {
      const message = signOffer({ ...folder, details });
      assert.deepEqual(read(message).details, details);
      const bytes = Buffer.from(message.signed, 'base64url').toString();
      assert.ok(!bytes.includes('roots') && !bytes.includes(sync.id), 'the service reads neither');
    }
    const wrongs: object[] = [
      ...[0, -1, 1.5, '2', null].map((roots) => ({ name: 'x', roots })),
      { name: 'x', roots: 4 },
      { name: 'x', roots: 2, sync },
      ...['', 'a'.repeat(31), 'A'.repeat(32), 5].map((id) => ({
        name: 'x',
        sync: { ...sync, id },
      })),
      { name: 'x', sync: { id: sync.id } },
      { name: 'x', sync: { ...sync, delete: 'yes' } },
    ];
    for (const wrong of wrongs) {
      refused(signed({ kind: 'folder', entries: 3, sealed: sealedAs(wrong) }), 'PROTOCOL');
      const details = wrong as typeof offer.details;
      assert.throws(() => signOffer({ ...folder, details }), { code: 'INTERNAL' });
    }
    // A single file is neither several things nor kept in step.
    for (const wrong of [
      { name: 'x', roots: 2 },
      { name: 'x', sync },
    ]) {
      refused(signed({ sealed: sealedAs(wrong) }), 'PROTOCOL');
    }
    refused(signed({ entries: 2 }), 'PROTOCOL');
    const more = { name: 'x', later: 'from a later version', sync: { ...sync, more: 1 } };
    const tolerant = signed({ kind: 'folder', entries: 3, sealed: sealedAs(more) });
    assert.deepEqual(read(tolerant).details, { name: 'x', roots: 1, sync });
  });

  it('refuses what is larger than 16 KiB without reading it', () => {
    const roomFor = (bytes: number): string => {
      const json = Buffer.from(signed({ pad: '' }).signed, 'base64url').length;
      return 'x'.repeat(bytes - json);
    };
    assert.deepEqual(read(signed({ pad: roomFor(16 * 1024) })), expected);
    refused(signed({ pad: roomFor(16 * 1024 + 1) }), 'PROTOCOL');
    refused({ signed: 'A'.repeat(10_000_000), signature: '' }, 'PROTOCOL');
  });

  it('is not made when nobody could read it', () => {
    assert.throws(() => signOffer({ ...offer, expiresAt: iso(7 * DAY + 1) }), {
      code: 'CONFIG_INVALID',
    });
    const wrongs: object[] = [
      ...[{ id: 'x' }, { expiresAt: iso(0) }, { createdAt: 'now' }, { size: -1 }, { entries: 0.5 }],
      ...['', 'x'.repeat(1025)].map((name) => ({ details: { name } })),
    ];
    for (const wrong of wrongs) {
      assert.throws(() => signOffer({ ...offer, ...wrong }), { code: 'INTERNAL' });
    }
    // The longest name, all of it escaped in JSON, and the longest that needs four bytes.
    for (const name of ['\u0001'.repeat(1024), '💥'.repeat(512), '漢'.repeat(1024)]) {
      assert.equal(read(signOffer({ ...offer, details: { name } })).details.name, name);
    }
  });
});
