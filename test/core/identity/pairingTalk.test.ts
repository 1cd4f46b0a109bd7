import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mock } from 'node:test';
import { encodeCard } from '../../../src/core/identity/card';
import { identityFromSeed, newIdentity, verify } from '../../../src/core/identity/identity';
import { pair, type PairingTalk } from '../../../src/core/identity/pairingTalk';
import type { MemoryPipe } from '../../support/memoryPipe';
import * as hand from './byHand';
import { cardOf, codes, run, sides, talks, turns } from './pairingSides';

const CARD_LABEL = 'beeline/pair-card/1';

/** What somebody who has the invite says, computed by hand. */
function handProof(secret: Buffer, role: string, hh: Buffer): Buffer {
  return hand.MAC(hand.X(secret, 'beeline/pair-mac/1'), 'beeline/pair-proof/1', role, hh);
}

function handCard(who: hand.HandIdentity, secret: Buffer, role: string, hh: Buffer): Buffer {
  const bytes = encodeCard({
    publicKey: who.publicKey,
    actorId: 'eve',
    name: 'Eve',
    origin: 'https://hub.example',
  });
  const key = hand.X(secret, 'beeline/pair-mac/1');
  return Buffer.concat([
    bytes,
    who.sign(CARD_LABEL, role, hh, bytes),
    hand.MAC(key, CARD_LABEL, role, hh, bytes),
  ]);
}

describe('a pairing', () => {
  it('shows each side the other, and is made when both confirm, in any order', async () => {
    for (const order of ['invitee', 'inviter', 'together'] as const) {
      const [invitee, inviter] = sides();
      const [one, other] = await Promise.all([run(invitee), run(inviter)]);
      assert.equal(one.card.kid, inviter.options.identity.kid);
      assert.equal(one.card.fingerprint, inviter.options.identity.fingerprint);
      assert.equal(one.card.name, 'Ben');
      assert.equal(other.card.kid, invitee.options.identity.kid);
      assert.equal(other.card.actorId, 'ann');
      const [first, second] = order === 'inviter' ? [other, one] : [one, other];
      const confirmed = first.confirm();
      if (order !== 'together') {
        const early = await Promise.race([
          confirmed.then(() => 'early'),
          turns().then(() => 'not'),
        ]);
        assert.equal(early, 'not', 'one side alone is no pairing');
      }
      assert.deepEqual(await codes(confirmed, second.confirm()), ['ok', 'ok']);
    }
  });

  it('says the bytes that keys.md prescribes', async () => {
    const [invitee, inviter] = sides();
    await Promise.all([run(invitee), run(inviter)]);
    const secret = Buffer.from(invitee.options.secret);
    const key = hand.X(secret, 'beeline/pair-mac/1');
    for (const { pipe, options } of [invitee, inviter]) {
      const hh = pipe.handshakeHash;
      const [proof, message, ...others] = pipe.sent;
      assert.ok(proof !== undefined && message !== undefined && others.length === 0);
      assert.deepEqual(proof, handProof(secret, options.role, hh));
      const card = encodeCard(options.card);
      const parts = [CARD_LABEL, options.role, hh, card];
      assert.deepEqual(message.subarray(0, card.length), card);
      const signature = message.subarray(card.length, -32);
      assert.ok(hand.isSignedBy(options.identity.publicKey, signature, ...parts));
      assert.deepEqual(message.subarray(-32), hand.MAC(key, ...parts));
    }
  });

  it('refuses whoever does not know the invite, and shows them no card', async () => {
    const [invitee, inviter] = sides();
    let claims = 0;
    const claim = (): boolean => ++claims > 0;
    const [guess, secret] = [randomBytes(16), inviter.options.secret];
    const guessing = run({ pipe: invitee.pipe, options: { ...invitee.options, secret: guess } });
    const asked = run({ pipe: inviter.pipe, options: { ...inviter.options, claim } });
    assert.deepEqual(await codes(guessing, asked), ['PEER_LOST', 'PROOF_REFUSED']);
    assert.equal(claims, 0, 'a stranger cannot use up an invite');
    assert.deepEqual(inviter.pipe.sent, []);
    // Nor does an inviter who does not know it get the invitee's card.
    const [again, impostor] = sides();
    const asking = run({ pipe: again.pipe, options: { ...again.options, secret } });
    await impostor.pipe.receive(100);
    impostor.pipe.send(randomBytes(32));
    assert.deepEqual(await codes(asking), ['PROOF_REFUSED']);
    assert.equal(again.pipe.sent.length, 1);
  });

  it('refuses its own words thrown back at it, and two of the same role', async () => {
    for (const role of ['invitee', 'inviter'] as const) {
      const [one, other] = sides({}, { role });
      if (role === 'inviter') {
        // Neither speaks, so each gets what an inviter would say.
        const hh = one.pipe.handshakeHash;
        one.pipe.send(handProof(Buffer.from(other.options.secret), 'inviter', hh));
        assert.deepEqual(await codes(run(other)), ['PROOF_REFUSED']);
      } else {
        const [first, second] = await codes(run(one), run(other));
        assert.ok([first, second].includes('PROOF_REFUSED'));
        assert.ok([first, second].every((code) => code !== 'ok'));
      }
    }
    const [invitee, mirror] = sides();
    const reflected = run(invitee);
    const proof = await mirror.pipe.receive(100);
    mirror.pipe.send(proof ?? Buffer.alloc(0));
    assert.deepEqual(await codes(reflected), ['PROOF_REFUSED']);
  });

  it('refuses what was said on another connection', async () => {
    // A man in the middle has one connection to each side, with a handshake of its own.
    const [invitee, toInvitee] = sides();
    const [toInviter, inviter] = sides();
    const secret = invitee.options.secret;
    const one = run(invitee);
    const other = run({ pipe: inviter.pipe, options: { ...inviter.options, secret } });
    const proof = await toInvitee.pipe.receive(100);
    toInviter.pipe.send(proof ?? Buffer.alloc(0));
    assert.deepEqual(await codes(other), ['PROOF_REFUSED']);
    toInvitee.pipe.send(handProof(Buffer.from(secret), 'inviter', randomBytes(64)));
    assert.deepEqual(await codes(one), ['PROOF_REFUSED']);
  });

  it('tells whoever comes second that the invite is taken', async () => {
    const [invitee, inviter] = sides({}, { claim: () => false });
    assert.deepEqual(await codes(run(invitee), run(inviter)), ['INVITE_TAKEN', 'INVITE_TAKEN']);
    assert.equal(inviter.pipe.sent.length, 1);
    assert.equal(inviter.pipe.sent[0]?.length, 32);
    // Only one who has the invite can say so; anybody else's word is a wrong proof.
    const [victim, liar] = sides();
    const lied = run(victim);
    const wrong = randomBytes(32);
    const hh = liar.pipe.handshakeHash;
    liar.pipe.send(
      hand.MAC(hand.X(wrong.subarray(16), 'beeline/pair-mac/1'), 'beeline/pair-taken/1', hh),
    );
    assert.deepEqual(await codes(lied), ['PROOF_REFUSED']);
  });

  it('ends on both sides when one home uses its own invite', async () => {
    const same = newIdentity();
    const [invitee, inviter] = sides({}, { identity: same, card: cardOf(same) });
    assert.deepEqual(await codes(run(invitee), run(inviter)), ['INVITE_SELF', 'INVITE_SELF']);
  });

  it('closes only after the other side could hear why', async () => {
    const seed = randomBytes(32);
    const twin = new hand.HandIdentity(seed);
    for (const why of ['taken', 'self'] as const) {
      const identity = identityFromSeed(seed);
      const [{ pipe }, inviter] = sides(
        {},
        { identity, card: cardOf(identity), claim: () => why === 'self' },
      );
      const secret = Buffer.from(inviter.options.secret);
      const running = run(inviter);
      pipe.send(handProof(secret, 'invitee', pipe.handshakeHash));
      if (why === 'self') pipe.send(handCard(twin, secret, 'invitee', pipe.handshakeHash));
      await codes(running);
      // Read late: what was sent has to be there although the other side has closed.
      for (const message of inviter.pipe.sent) {
        assert.deepEqual(await pipe.receive(10_000), message, why);
      }
      assert.equal(await pipe.receive(10_000), null);
    }
  });

  it('lets its last word arrive, whatever the caller does when it has confirmed', async () => {
    const [other, second] = sides();
    const again = run(second);
    const key = Buffer.from(second.options.secret);
    other.pipe.send(handProof(key, 'invitee', other.pipe.handshakeHash));
    const who = new hand.HandIdentity(randomBytes(32));
    other.pipe.send(handCard(who, key, 'invitee', other.pipe.handshakeHash));
    const confirmed = (await again).confirm();
    for (const word of ['commit', 'paired']) other.pipe.send(Buffer.from(word));
    await confirmed;
    second.pipe.destroy();
    const words = [];
    while (words.length < 4) words.push(await other.pipe.receive(10_000));
    assert.deepEqual(words.slice(2).map(String), ['commit', 'paired']);
  });

  it('refuses every flipped bit in a proof or a card', async () => {
    const [probe] = sides();
    const size = encodeCard(probe.options.card).length + 96;
    const flips: [number, number][] = [];
    for (let bit = 0; bit < 32 * 8; bit += 5) flips.push([0, bit]);
    for (let bit = 0; bit < size * 8; bit++) flips.push([1, bit]);
    const flip = (at: number, bit: number) => (message: Buffer, count: number) => {
      const byte = bit >>> 3;
      if (count === at) message[byte] = (message[byte] ?? 0) ^ (1 << (bit & 7));
      return message;
    };
    for (const [at, bit] of flips) {
      // The sender's copy is flipped in place, which it does not look at again.
      const [invitee, inviter] = sides({ there: flip(at, bit) });
      const [, refused] = await codes(withdrawn(run(invitee)), run(inviter));
      assert.equal(refused, 'PROOF_REFUSED', `message ${at}, bit ${bit}`);
    }
  });

  it('believes no card whose identity key the other side does not hold', async () => {
    const victim = new hand.HandIdentity(randomBytes(32));
    const thief = new hand.HandIdentity(randomBytes(32));
    for (const attack of ['other key', 'other role', 'other hash', 'own', 'no key'] as const) {
      const [{ pipe }, inviter] = sides();
      const secret = Buffer.from(inviter.options.secret);
      const hh = pipe.handshakeHash;
      const running = run(inviter);
      pipe.send(handProof(secret, 'invitee', hh));
      const key = hand.X(secret, 'beeline/pair-mac/1');
      const shown = attack === 'own' ? inviter.options.identity.publicKey : victim.publicKey;
      const bytes = encodeCard({
        publicKey:
          attack === 'no key' ? Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]) : shown,
        actorId: 'eve',
        name: 'Eve',
        origin: 'http://hub',
      });
      const signature = {
        'other key': thief.sign(CARD_LABEL, 'invitee', hh, bytes),
        'other role': victim.sign(CARD_LABEL, 'inviter', hh, bytes),
        'other hash': victim.sign(CARD_LABEL, 'invitee', randomBytes(64), bytes),
        own: thief.sign(CARD_LABEL, 'invitee', hh, bytes),
        'no key': Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]),
      }[attack];
      const sum = hand.MAC(key, CARD_LABEL, 'invitee', hh, bytes);
      pipe.send(Buffer.concat([bytes, signature, sum]));
      assert.deepEqual(await codes(running), ['PROOF_REFUSED'], attack);
    }
    // One who does hold the key, but a key that no secret could ever be shared with.
    const crooked = hand.crookedKey(randomBytes(32));
    const [eve, target] = sides();
    const [hh, key] = [eve.pipe.handshakeHash, Buffer.from(target.options.secret)];
    const refused = run(target);
    eve.pipe.send(handProof(key, 'invitee', hh));
    const shown = encodeCard({ ...eve.options.card, publicKey: crooked.publicKey });
    const signature = crooked.sign(CARD_LABEL, 'invitee', hh, shown);
    assert.ok(verify(crooked.publicKey, signature, CARD_LABEL, Buffer.from('invitee'), hh, shown));
    const sum = hand.MAC(hand.X(key, 'beeline/pair-mac/1'), CARD_LABEL, 'invitee', hh, shown);
    eve.pipe.send(Buffer.concat([shown, signature, sum]));
    assert.deepEqual(await codes(refused), ['PROOF_REFUSED']);
    // The same by the book is taken, so that the above fails for the right reason.
    const [{ pipe }, inviter] = sides();
    const secret = Buffer.from(inviter.options.secret);
    const running = run(inviter);
    pipe.send(handProof(secret, 'invitee', pipe.handshakeHash));
    pipe.send(handCard(victim, secret, 'invitee', pipe.handshakeHash));
    const talk = await running;
    assert.equal(talk.card.kid, victim.kid.toString('hex'));
    talk.decline();
  });

  it('ends at half messages, long ones and none', async () => {
    const says: [string, (pipe: MemoryPipe, secret: Buffer) => void, string][] = [
      [
        'nothing',
        (pipe) => {
          pipe.destroy();
        },
        'PEER_LOST',
      ],
      [
        'an empty message',
        (pipe) => {
          pipe.send(Buffer.alloc(0));
        },
        'PROTOCOL',
      ],
      [
        'half a proof',
        (pipe) => {
          pipe.send(Buffer.alloc(16));
        },
        'PROTOCOL',
      ],
      [
        'a long proof',
        (pipe) => {
          pipe.send(Buffer.alloc(33));
        },
        'PROTOCOL',
      ],
      ...[0, 1, 95, 96, 97].map(
        (size): [string, (pipe: MemoryPipe, secret: Buffer) => void, string] => [
          `a card of ${size} bytes`,
          (pipe, secret) => {
            pipe.send(handProof(secret, 'invitee', pipe.handshakeHash));
            pipe.send(Buffer.alloc(size));
          },
          size > 96 ? 'PROOF_REFUSED' : 'PROTOCOL',
        ],
      ),
      [
        'a huge card',
        (pipe, secret) => {
          pipe.send(handProof(secret, 'invitee', pipe.handshakeHash));
          pipe.send(Buffer.alloc(1024 + 97));
        },
        'PROTOCOL',
      ],
    ];
    for (const [what, say, code] of says) {
      const [{ pipe }, inviter] = sides();
      const running = run(inviter);
      say(pipe, Buffer.from(inviter.options.secret));
      assert.deepEqual(await codes(running), [code], what);
      assert.notEqual(inviter.pipe.state, 'open', `${what}: the connection is closed`);
    }
  });

  it('gives silence ten seconds, and a person as long as the signal lets them', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      for (const at of [0, 1]) {
        const [{ pipe }, inviter] = sides();
        const running = run(inviter);
        const secret = Buffer.from(inviter.options.secret);
        if (at === 1) pipe.send(handProof(secret, 'invitee', pipe.handshakeHash));
        await turns();
        mock.timers.tick(9_999);
        await turns();
        assert.equal(inviter.pipe.state, 'open');
        mock.timers.tick(1);
        assert.deepEqual(await codes(running), ['PEER_SILENT']);
      }
      const [one, other] = await talks();
      mock.timers.tick(600_000);
      await turns();
      assert.deepEqual(await codes(one.confirm(), other.confirm()), ['ok', 'ok']);
    } finally {
      mock.timers.reset();
    }
  });

  it('ends with what the signal was aborted with, at every step', async () => {
    const ending = new AbortController();
    const { signal } = ending;
    const [, inviter] = sides({}, { signal });
    const running = run(inviter);
    const [one, other] = await Promise.all(
      sides().map(({ pipe, options }, at) =>
        pair(pipe, at === 0 ? { ...options, signal } : options),
      ),
    );
    assert.ok(one !== undefined && other !== undefined);
    const confirmed = [one.confirm(), other.gone];
    ending.abort(Object.assign(new Error('stopped'), { code: 'STOPPED' }));
    assert.deepEqual(await codes(running, ...confirmed), [
      ...['STOPPED', 'STOPPED', 'PAIRING_DECLINED'],
    ]);
    const [late] = sides({}, { signal });
    assert.deepEqual(await codes(run(late)), ['STOPPED']);
    assert.notEqual(late.pipe.state, 'open');
  });
});

/** A talk that came about is let go of again. */
async function withdrawn(running: Promise<PairingTalk>): Promise<void> {
  const talk = await running;
  talk.decline();
}
