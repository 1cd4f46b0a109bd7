import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { identityFromSeed, newIdentity } from '../../../src/core/identity/identity';
import {
  isAnswerTo,
  readSessionAnswer,
  readSessionRequest,
  signSessionAnswer,
  signSessionRequest,
  type SessionDecision,
  type VerifiedAnswer,
  type VerifiedRequest,
} from '../../../src/core/identity/sessionMessages';
import type { SignedMessage } from '../../../src/core/identity/signedMessage';
import * as hand from './byHand';

const MINUTE = 60_000;
const now = Date.parse('2030-05-05T12:00:00.000Z');
const iso = (offset: number): string => new Date(now + offset).toISOString();

const seeds = [randomBytes(32), randomBytes(32)] as const;
const [ann, ben] = [identityFromSeed(seeds[0]), identityFromSeed(seeds[1])];
const [handAnn, handBen] = [new hand.HandIdentity(seeds[0]), new hand.HandIdentity(seeds[1])];
const id = randomBytes(16).toString('hex');
const [c, e] = [randomBytes(32), randomBytes(32)];

/** Ann calls Ben. */
const request = {
  identity: ann,
  keys: ann.pairKeys(ben.publicKey),
  recipientKid: ben.kid,
  id,
  createdAt: iso(0),
  expiresAt: iso(MINUTE),
  kind: 'call' as const,
  publicKey: c,
  video: true,
};

const readRequest = (message: SignedMessage, at = now, late = false): VerifiedRequest =>
  readSessionRequest(message, {
    identity: ben,
    find: (kid) =>
      kid === ann.kid ? { publicKey: ann.publicKey, keys: ben.pairKeys(ann.publicKey) } : undefined,
    now: at,
    late,
  });

const readAnswer = (message: SignedMessage, at = now): VerifiedAnswer =>
  readSessionAnswer(message, {
    identity: ann,
    find: (kid) => (kid === ben.kid ? { publicKey: ben.publicKey } : undefined),
    now: at,
  });

/** What Ann, or Ben, could sign by hand. */
function signed(by: hand.HandIdentity, label: string, fields: object): SignedMessage {
  const bytes = Buffer.from(JSON.stringify(fields));
  return {
    signed: bytes.toString('base64url'),
    signature: by.sign(label, bytes).toString('base64url'),
  };
}

function sealed(details: unknown, sealId = id): string {
  const idBytes = Buffer.from(sealId, 'hex');
  const key = hand.X(handAnn.pairRoot(handBen.publicKey), 'beeline/offer-seal/1', idBytes);
  const cipher = createCipheriv('aes-256-gcm', key, Buffer.alloc(12));
  cipher.setAAD(Buffer.concat([hand.L('beeline/offer-seal/1'), idBytes]));
  const bytes = cipher.update(JSON.stringify(details));
  return Buffer.concat([bytes, cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

const requestFields = {
  version: 1,
  id,
  sender: ann.kid,
  recipient: ben.kid,
  created_at: iso(0),
  expires_at: iso(MINUTE),
  kind: 'call',
  key: c.toString('hex'),
  sealed: sealed({ begins: 'video' }),
};
const requestBytes = Buffer.from(JSON.stringify(requestFields));
const byAnn = (change: object = {}, label = 'beeline/session/1'): SignedMessage =>
  signed(handAnn, label, { ...requestFields, ...change });

const answerFields = {
  version: 1,
  id,
  sender: ben.kid,
  recipient: ann.kid,
  created_at: iso(0),
  expires_at: iso(MINUTE),
  request: hand.sha256(requestBytes).toString('hex'),
  decision: 'accepted',
  key: e.toString('hex'),
};
const byBen = (change: object = {}, label = 'beeline/answer/1'): SignedMessage =>
  signed(handBen, label, { ...answerFields, ...change });

const answer = {
  identity: ben,
  recipientKid: ann.kid,
  id,
  decision: 'accepted' as const,
  request: requestBytes,
  publicKey: e,
  now,
};

function flips(message: SignedMessage, read: (message: SignedMessage) => unknown): void {
  for (const part of ['signed', 'signature'] as const) {
    const bytes = Buffer.from(message[part], 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >>> 3] = (flipped[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(
        () => read({ ...message, [part]: flipped.toString('base64url') }),
        ({ code }: { code?: unknown }) =>
          ['SIGNATURE_INVALID', 'AGENT_UNKNOWN', 'PROTOCOL'].includes(String(code)),
      );
    }
  }
}

describe('a signed request for a session', () => {
  it('has the bytes that were computed by hand, and is read as it was meant', () => {
    const message = signSessionRequest(request);
    assert.deepEqual(message, byAnn());
    const expected: VerifiedRequest = {
      id,
      senderKid: ann.kid,
      createdAt: iso(0),
      expiresAt: iso(MINUTE),
      kind: 'call',
      publicKey: c,
      video: true,
      bytes: requestBytes,
      isLate: false,
    };
    assert.deepEqual(readRequest(message), expected);
    const chat = signSessionRequest({ ...request, kind: 'chat', video: false });
    const { sealed: _, ...withoutSealed } = requestFields;
    assert.deepEqual(
      chat,
      signed(handAnn, 'beeline/session/1', { ...withoutSealed, kind: 'chat' }),
    );
    assert.equal(readRequest(chat).kind, 'chat');
    assert.equal(readRequest(chat).video, false);
  });

  it('tells nobody but the recipient whether a camera is on, not even by its length', () => {
    const [on, off] = [true, false].map((video) => signSessionRequest({ ...request, video }));
    assert.ok(on && off);
    assert.equal(on.signed.length, off.signed.length);
    assert.ok(!/video|audio/.test(Buffer.from(on.signed, 'base64url').toString()));
    assert.equal(readRequest(on).video, true);
    assert.equal(readRequest(off).video, false);
  });

  it('is refused with any bit flipped, from strangers, as something else, and for others', () => {
    flips(signSessionRequest(request), (message) => readRequest(message));
    for (const label of ['beeline/offer/1', 'beeline/answer/1', 'beeline/session/2']) {
      assert.throws(() => readRequest(byAnn({}, label)), { code: 'SIGNATURE_INVALID' });
    }
    const eve = newIdentity();
    const ofEve = signSessionRequest({
      ...request,
      identity: eve,
      keys: eve.pairKeys(ben.publicKey),
    });
    assert.throws(() => readRequest(ofEve), { code: 'AGENT_UNKNOWN' });
    const bytes = Buffer.from(byAnn().signed, 'base64url');
    const named = eve.sign('beeline/session/1', bytes).toString('base64url');
    assert.throws(() => readRequest({ ...byAnn(), signature: named }), {
      code: 'SIGNATURE_INVALID',
    });
    assert.throws(() => readRequest(byAnn({ recipient: eve.kid })), { code: 'PROTOCOL' });
    // A service gives Ann her own request, as if somebody called her.
    assert.throws(
      () =>
        readSessionRequest(byAnn(), {
          identity: ann,
          find: () => ({ publicKey: ann.publicKey, keys: request.keys }),
          now,
        }),
      { code: 'PROTOCOL' },
    );
  });

  it('lives for a minute, and is only read as late after that', () => {
    const message = byAnn();
    for (const at of [-5 * MINUTE, 0, MINUTE, 6 * MINUTE]) {
      assert.equal(readRequest(message, now + at).isLate, false);
    }
    const [early, late] = [now - 5 * MINUTE - 1, now + 6 * MINUTE + 1];
    assert.throws(() => readRequest(message, early), { code: 'CLOCK_SKEW' });
    assert.throws(() => readRequest(message, early, true), { code: 'CLOCK_SKEW' });
    assert.throws(() => readRequest(message, late), { code: 'CALL_UNKNOWN' });
    assert.equal(readRequest(message, late, true).isLate, true);
    assert.equal(readRequest(message, now, true).isLate, false);
    for (const expires_at of [iso(MINUTE + 1), iso(0), iso(-1)]) {
      assert.throws(() => readRequest(byAnn({ expires_at })), { code: 'PROTOCOL' });
    }
    for (const expiresAt of [iso(MINUTE + 1), iso(0), '']) {
      assert.throws(() => signSessionRequest({ ...request, expiresAt }), { code: 'INTERNAL' });
    }
  });

  it('is refused with fields that are missing, of another kind, or out of bounds', () => {
    const wrongs: object[] = [
      ...[0, 2, '1'].map((version) => ({ version })),
      ...['', 'A'.repeat(32), 'a'.repeat(31), 5].map((wrong) => ({ id: wrong })),
      ...['video', '', null, 'file'].map((kind) => ({ kind })),
      ...['', 'a'.repeat(62), 'a'.repeat(66), 'A'.repeat(64), 5, null].map((key) => ({ key })),
      ...['', 'AA', 'A'.repeat(201), 5, undefined].map((wrong) => ({ sealed: wrong })),
      ...[{ begins: 'screen' }, {}, [], null, { video: true }].map((details) => ({
        sealed: sealed(details),
      })),
      // Sealed for another session.
      { sealed: sealed({ begins: 'video' }, randomBytes(16).toString('hex')) },
    ];
    for (const wrong of wrongs) {
      assert.throws(() => readRequest(byAnn(wrong)), { code: 'PROTOCOL' }, JSON.stringify(wrong));
    }
    for (const wrong of [{ id: 'x' }, { publicKey: Buffer.alloc(31) }, { recipientKid: '' }]) {
      assert.throws(() => signSessionRequest({ ...request, ...wrong }), { code: 'INTERNAL' });
    }
  });
});

describe('a signed answer', () => {
  const asked = { id, bytes: requestBytes, ownSide: 'caller', peerKid: ben.kid } as const;

  it('has the bytes that were computed by hand, and is read as it was meant', () => {
    assert.deepEqual(signSessionAnswer(answer), byBen());
    const read = readAnswer(signSessionAnswer(answer));
    assert.deepEqual(read, {
      id,
      senderKid: ben.kid,
      requestHash: hand.sha256(requestBytes),
      bytes: Buffer.from(JSON.stringify(answerFields)),
      decision: 'accepted',
      publicKey: e,
    });
    for (const decision of ['declined', 'busy', 'unavailable', 'cancelled'] as const) {
      const { publicKey: _, ...without } = answer;
      const other = readAnswer(signSessionAnswer({ ...without, decision }));
      assert.equal(other.decision, decision);
      assert.ok(!('publicKey' in other));
    }
  });

  it('counts for the request that it names, from the side that may say it, and for no other', () => {
    const heard = readAnswer(byBen());
    assert.equal(isAnswerTo(heard, asked), true);
    const another = Buffer.from(JSON.stringify({ ...requestFields, key: e.toString('hex') }));
    assert.equal(isAnswerTo(heard, { ...asked, bytes: another }), false);
    assert.equal(isAnswerTo(heard, { ...asked, bytes: Buffer.alloc(0) }), false);
    assert.equal(isAnswerTo(heard, { ...asked, id: randomBytes(16).toString('hex') }), false);
    assert.equal(isAnswerTo(heard, { ...asked, peerKid: newIdentity().kid }), false);
    const decisions: SessionDecision[] = ['declined', 'busy', 'unavailable', 'cancelled'];
    for (const decision of decisions) {
      const { key: _, ...fields } = { ...answerFields, decision };
      const read = readAnswer(signed(handBen, 'beeline/answer/1', fields));
      const isOurs = decision !== 'cancelled';
      assert.equal(isAnswerTo(read, asked), isOurs, decision);
      assert.equal(isAnswerTo(read, { ...asked, ownSide: 'callee' }), !isOurs, decision);
    }
    assert.equal(isAnswerTo(heard, { ...asked, ownSide: 'callee' }), false);
  });

  it('is refused with any bit flipped, from strangers, as something else, and for others', () => {
    flips(byBen(), (message) => readAnswer(message));
    for (const label of ['beeline/offer/1', 'beeline/session/1']) {
      assert.throws(() => readAnswer(byBen({}, label)), { code: 'SIGNATURE_INVALID' });
    }
    // A request is no answer, whoever signed it, nor the other way round.
    assert.throws(() => readAnswer(byAnn()), { code: 'AGENT_UNKNOWN' });
    assert.throws(() => readAnswer(byBen({ recipient: ben.kid })), { code: 'PROTOCOL' });
    const eve = newIdentity();
    assert.throws(() => readAnswer(signSessionAnswer({ ...answer, identity: eve })), {
      code: 'AGENT_UNKNOWN',
    });
    assert.throws(() => readAnswer(byBen(), now - 5 * MINUTE - 1), { code: 'CLOCK_SKEW' });
    assert.equal(readAnswer(byBen(), now + 24 * 60 * MINUTE).decision, 'accepted');
  });

  it('is refused with fields that are missing, of another kind, or out of bounds', () => {
    const wrongs: object[] = [
      ...['', 'a'.repeat(63), 'A'.repeat(64), 5, undefined].map((wrong) => ({ request: wrong })),
      ...['', 'maybe', 'Accepted', null, undefined].map((decision) => ({ decision })),
      ...['', 'a'.repeat(63), 'Z'.repeat(64), null, undefined].map((key) => ({ key })),
      { expires_at: iso(MINUTE + 1) },
      { version: 2 },
      { id: id.toUpperCase() + 'G' },
    ];
    for (const wrong of wrongs) {
      assert.throws(() => readAnswer(byBen(wrong)), { code: 'PROTOCOL' }, JSON.stringify(wrong));
    }
    const { publicKey: _, ...without } = answer;
    const unsigned = [
      without,
      { ...answer, publicKey: Buffer.alloc(31) },
      { ...answer, decision: 'declined' as const },
      { ...answer, id: '' },
    ];
    for (const wrong of unsigned) {
      assert.throws(() => signSessionAnswer(wrong), { code: 'INTERNAL' });
    }
  });
});
