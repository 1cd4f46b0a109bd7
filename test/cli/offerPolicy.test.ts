import assert from 'node:assert/strict';
import { decide, type OfferPolicy } from '../../src/cli/offerPolicy';
import { questionOf, replyOf } from '../../src/cli/question';
import type { IncomingOffer } from '../../src/core/events';

const agent = { kid: 'ab'.repeat(32), name: 'Bob', fingerprint: '12345' };
const offer = (fields: Partial<IncomingOffer>): IncomingOffer => ({
  transferId: 't',
  senderId: 'agent-b',
  fileName: 'a.bin',
  safeName: 'a.bin',
  fileSize: 10,
  channel: 'c',
  trust: 'unverified',
  allowed: false,
  stranger: false,
  held: false,
  createdAt: '2026-01-01T00:00:00Z',
  ...fields,
});
const verified = offer({ trust: 'verified', agent });
const allowed = offer({ trust: 'verified', agent, allowed: true });
const claims = offer({ trust: 'claims', agent });
const open = offer({});

describe('what listen does about an offer', () => {
  const everything: OfferPolicy = {
    ...{ allow: undefined, maxSize: undefined, ask: false, pairedOnly: false },
  };
  const kinds = (policy: Partial<OfferPolicy>, offers = [open, verified, allowed, claims]) =>
    offers.map((one) => decide(one, { ...everything, ...policy }).kind).join(' ');

  it('accepts everything unless told otherwise, except what only claims to be paired', () => {
    assert.equal(kinds({}), 'accept accept accept leave');
  });

  it('asks about everything with --ask, except what an allowed agent has signed', () => {
    assert.equal(kinds({ ask: true }), 'ask ask accept ask');
  });

  // Somebody who registers under the id of a paired agent is not the one that --allow names.
  it('never accepts a claim by itself, whatever the flags', () => {
    for (const allow of [undefined, ['agent-b']]) {
      for (const pairedOnly of [false, true]) {
        for (const ask of [false, true]) {
          const policy = { allow, maxSize: undefined, ask, pairedOnly };
          for (const one of [claims, { ...claims, allowed: true }]) {
            assert.notEqual(decide(one, policy).kind, 'accept', JSON.stringify(policy));
          }
        }
      }
    }
  });

  it('hears only what is signed with --paired-only', () => {
    assert.equal(kinds({ pairedOnly: true }), 'leave accept accept leave');
    assert.equal(kinds({ pairedOnly: true, ask: true }), 'leave ask accept leave');
  });

  it('holds allowed agents to --allow and --max-size too', () => {
    assert.equal(kinds({ allow: ['carol'] }), 'leave leave leave leave');
    assert.equal(kinds({ maxSize: 9 }), 'leave leave leave leave');
    assert.equal(kinds({ allow: ['agent-b'], maxSize: 10 }), 'accept accept accept leave');
  });
});

describe('the question about an offer', () => {
  it('says what the name of the sender is worth, and offers the list where there is one', () => {
    assert.match(questionOf(verified), /from Bob \(agent-b\), verified\? \[y\/n, l lists it\] $/);
    assert.match(questionOf(open), /from agent-b, who is unverified\? \[y\/n\] $/);
    assert.match(questionOf(claims), /claims to be your paired agent Bob and has not proven it/);
    assert.doesNotMatch(questionOf(claims), /verified/);
  });

  it('takes whole words only, so that a slip is no answer', () => {
    assert.deepEqual(['y', ' YES ', 'n', 'no', 'l', 'list'].map(replyOf), [
      ...['yes', 'yes', 'no', 'no', 'list', 'list'],
    ]);
    for (const line of ['', 'yy', 'ye', 'll', 'true', 'y n']) {
      assert.equal(replyOf(line), undefined, line);
    }
  });
});
