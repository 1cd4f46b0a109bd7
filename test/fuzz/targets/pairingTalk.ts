import { errors } from '../../../src/core/errors';
import { encodeCard, type Card } from '../../../src/core/identity/card';
import type { Identity } from '../../../src/core/identity/identity';
import { inviteMacKey } from '../../../src/core/identity/inviteKeys';
import { pair, type PairingRole, type PairingTalk } from '../../../src/core/identity/pairingTalk';
import { mac } from '../../../src/core/identity/primitives';
import { memoryPipePair } from '../../support/memoryPipe';
import { demand, demandEqual, eventuallyOr } from '../properties';
import type { FuzzTarget } from '../target';
import { demandGoodCard } from './card';
import { letItHappen, script, Sent, stepsOf, type Step } from './hostilePeer';
import { identities } from './people';

const { alice, bob, mallory } = identities;
const secret = Buffer.alloc(16, 0x5e);
const handshakeHash = Buffer.alloc(64, 0x44);
const key = inviteMacKey(secret);
const ownCard = cardOf(alice, 'alice');
const LABEL = 'beeline/pair-card/1';

/** The hostile peer knows the invite, and seals what it likes as it should or nearly so. */
const Act = {
  raw: 0,
  proof: 1,
  taken: 2,
  card: 3,
  cardSignedByAnother: 4,
  cardWithAnotherMac: 5,
  ourOwnCard: 6,
  word: 7,
  wait: 8,
  confirm: 9,
  decline: 10,
  abort: 11,
} as const;
const words = ['commit', 'paired', 'decline'] as const;

/**
 * The role, then the steps of a peer. No talk without a proof and a card that its holder signed; no
 * pairing without both commits; nothing of ours is shown before.
 */
export const target: FuzzTarget = {
  covers: ['src/core/identity/pairingTalk.ts', 'src/core/identity/pairingAgreement.ts'],
  kind: 'bytes',
  head: 1,
  dictionary: [
    ...words,
    script([Act.proof], [Act.card]).toString('latin1'),
    script([Act.wait], [Act.confirm], [Act.wait]).toString('latin1'),
  ],
  seeds: () => [inviterPairs, inviteePairs, commitFirst],
  async fuzz(input) {
    const role: PairingRole = (input[0] ?? 0) % 2 === 0 ? 'inviter' : 'invitee';
    const [theirs, ours] = memoryPipePair({ handshakeHash });
    const sent = new Sent(theirs);
    const ending = new AbortController();
    let claims = 0;
    const options = {
      role,
      secret,
      identity: alice,
      card: ownCard,
      claim: () => {
        claims++;
        demand(sent.begins('proof'), 'the invite is bound to somebody without a proof');
        return true;
      },
      signal: ending.signal,
    };
    let talk: PairingTalk | undefined;
    const talking = eventuallyOr(CODES, pair(ours, options)).then((read) => {
      talk = read?.value;
    });
    let confirming: Promise<{ value: unknown } | undefined> | undefined;
    for (const step of stepsOf(input.subarray(1))) {
      if (step.act % ACTS === Act.wait) await letItHappen();
      else if (step.act % ACTS === Act.abort) ending.abort(errors.cancelled());
      else if (step.act % ACTS === Act.decline) talk?.decline();
      else if (step.act % ACTS === Act.confirm) {
        confirming ??= talk && eventuallyOr(CODES, talk.confirm());
      } else say(sent, step, role);
    }
    await theirs.end();
    await talking;
    const isProven = sent.begins('proof', 'card');
    if (role === 'inviter' && !sent.begins('proof')) {
      demand(ours.sent.length === 0, 'something is said to somebody without a proof');
    }
    demand(claims <= 1, 'an invite is bound twice');
    if (talk === undefined) {
      demand(ours.state !== 'open', 'a connection that stays open');
      return false;
    }
    demand(isProven, 'a talk with somebody who proved nothing');
    demandGoodCard(talk.card);
    demandEqual(talk.card.publicKey, bob.publicKey, 'the card of somebody else');
    const confirmed = await confirming;
    if (confirmed === undefined) talk.decline();
    await talk.closed;
    if (confirmed === undefined) return false;
    demand(sent.begins('proof', 'card', 'commit', 'paired'), 'a pairing that one side decided');
    return true;
  },
};

const CODES = [
  'PROOF_REFUSED',
  'PROTOCOL',
  'PEER_LOST',
  'INVITE_TAKEN',
  'INVITE_SELF',
  'PAIRING_DECLINED',
  'PAIRING_LOST',
  'CANCELLED',
] as const;
const ACTS = Object.keys(Act).length;

function say(sent: Sent, { act, bytes }: Step, own: PairingRole): void {
  const role = own === 'inviter' ? 'invitee' : 'inviter';
  const card = bytes.length === 0 ? encodeCard(cardOf(bob, 'bob')) : bytes;
  switch (act % ACTS) {
    case Act.proof:
      sent.send('proof', mac(key, 'beeline/pair-proof/1', role, handshakeHash));
      return;
    case Act.taken:
      sent.send('taken', mac(key, 'beeline/pair-taken/1', handshakeHash));
      return;
    case Act.card:
      sent.send('card', sealed(card, bob, role, key));
      return;
    case Act.cardSignedByAnother:
      sent.send('raw', sealed(card, mallory, role, key));
      return;
    case Act.cardWithAnotherMac:
      sent.send('raw', sealed(card, bob, role, Buffer.alloc(32, bytes[0] ?? 0)));
      return;
    case Act.ourOwnCard:
      sent.send('own', sealed(encodeCard(ownCard), alice, role, key));
      return;
    case Act.word: {
      const word = words[(bytes[0] ?? 0) % words.length] ?? 'commit';
      sent.send(word, Buffer.from(word));
      return;
    }
    default:
      sent.send('raw', bytes);
  }
}

function sealed(card: Buffer, signer: Identity, role: PairingRole, macKey: Buffer): Buffer {
  const parts = [Buffer.from(role), handshakeHash, card];
  return Buffer.concat([card, signer.sign(LABEL, ...parts), mac(macKey, LABEL, ...parts)]);
}

function cardOf({ publicKey }: Identity, name: string): Card {
  return { publicKey, actorId: name, name, origin: 'https://ats.example' };
}

const intro = [[Act.proof], [Act.card], [Act.wait]] as const;
const [commit, paired] = [
  [Act.word, Buffer.from([0])],
  [Act.word, Buffer.from([1])],
] as const;
const weConfirm = [[Act.confirm], [Act.wait]] as const;
const inviterPairs = Buffer.concat([
  Buffer.from([0]),
  script(...intro, ...weConfirm, commit, paired),
]);
const inviteePairs = Buffer.concat([
  Buffer.from([1]),
  script(...intro, ...weConfirm, commit, paired),
]);
const commitFirst = Buffer.concat([
  Buffer.from([0]),
  script(...intro, commit, [Act.wait], ...weConfirm, paired),
]);
