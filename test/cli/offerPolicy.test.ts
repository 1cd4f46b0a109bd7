import assert from 'node:assert/strict';
import { acceptance, decide, type OfferPolicy } from '../../src/cli/offerPolicy';
import { offerQuestion, replyOf } from '../../src/cli/question';
import type { IncomingOffer } from '../../src/core/events';

const agent = { kid: 'ab'.repeat(32), name: 'Bob', fingerprint: '12345' };
const offer = (fields: Partial<IncomingOffer>): IncomingOffer => ({
  transferId: 't',
  senderId: 'agent-b',
  fileName: 'a.bin',
  safeName: 'a.bin',
  kind: 'file',
  roots: 1,
  entries: 1,
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
const sync = { grantId: '0'.repeat(32), delete: true, granted: false };
const folder = offer({
  ...{ trust: 'verified', agent, fileName: 'proj', safeName: 'proj', updates: '/in/proj\u001b[2J' },
  ...{ kind: 'folder', entries: 1204, fileSize: 38_000_000 },
});

describe('what listen does about an offer', () => {
  const everything: OfferPolicy = {
    ...{ allow: undefined, maxSize: undefined, ask: false, pairedOnly: false },
    ...{ update: false, allowDelete: false },
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
          const policy = { ...everything, allow, ask, pairedOnly, update: true, allowDelete: true };
          const granted = { ...claims, sync: { ...sync, granted: true } };
          for (const one of [claims, { ...claims, allowed: true }, granted]) {
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

describe('syncs and updates', () => {
  const granted = offer({ trust: 'verified', agent, sync: { ...sync, granted: true } });
  const policy: OfferPolicy = {
    ...{ allow: undefined, maxSize: undefined, ask: true, pairedOnly: false },
    ...{ update: false, allowDelete: false },
  };

  it('asks about a sync once, and lets what was granted go on, within the other flags', () => {
    assert.equal(decide({ ...granted, sync }, policy).kind, 'ask');
    assert.equal(decide(granted, policy).kind, 'accept');
    assert.equal(decide({ ...granted, trust: 'unverified' }, policy).kind, 'ask');
    assert.equal(decide(granted, { ...policy, maxSize: 9 }).kind, 'leave');
    assert.equal(decide(granted, { ...policy, allow: ['carol'] }).kind, 'leave');
  });

  // A grant to remove files that nobody has given would be the worst of mistakes here.
  it('grants removing and updating only where it was said and where it was asked for', () => {
    const plain = { kind: 'accept', directory: '/in' };
    const both = { update: true, mayDelete: true };
    const none = { update: false, mayDelete: false };
    assert.deepEqual(acceptance({ ...folder, sync }, '/in', none), plain);
    assert.deepEqual(acceptance(verified, '/in', both), plain);
    assert.deepEqual(acceptance({ ...verified, sync: { ...sync, delete: false } }, '/in', both), {
      ...plain,
    });
    // Naming a folder would begin another copy at every round.
    assert.deepEqual(acceptance(granted, '/in', none), { kind: 'accept' });
    assert.deepEqual(acceptance({ ...folder, sync }, '/in', both), {
      ...plain,
      update: true,
      mayDelete: true,
    });
  });
});

describe('the question about an offer', () => {
  const flags = { update: false, allowDelete: false };
  const questionOf = (one: IncomingOffer, said = flags): string =>
    offerQuestion(one, said, () => Promise.resolve('')).text;

  it('says kind, count and size, and offers only what there is to choose', () => {
    const text = questionOf(folder);
    assert.match(
      text,
      /^Accept proj \(folder, 1,204 entries, 38\.0 MB\) from Bob \(agent-b\), verified\?/,
    );
    assert.match(text, /l lists it, u updates \/in\/proj, y makes a copy\] $/);
    const several = questionOf({ ...folder, kind: 'several', roots: 3 });
    assert.match(several, /proj \(and 2 others, 1,204 entries, 38\.0 MB\)/);
    assert.doesNotMatch(questionOf(folder, { ...flags, update: true }), /updates/);
    assert.match(
      questionOf({ ...folder, sync }),
      /^Let Bob .* keep proj .* in step here\? .* d is y/,
    );
    for (const said of [
      questionOf({ ...folder, sync: { ...sync, delete: false } }),
      questionOf({ ...folder, sync }, { ...flags, allowDelete: true }),
    ]) {
      assert.doesNotMatch(said, /remove/);
    }
    assert.deepEqual(offerQuestion(verified, flags, () => Promise.resolve('')).also, []);
  });

  it('says what the name of the sender is worth, and offers the list where there is one', () => {
    assert.match(questionOf(verified), /from Bob \(agent-b\), verified\? \[y\/n, l lists it\] $/);
    assert.match(questionOf(open), /from agent-b, who is unverified\? \[y\/n\] $/);
    assert.match(questionOf(claims), /claims to be your paired agent Bob and has not proven it/);
    assert.doesNotMatch(questionOf(claims), /verified/);
  });

  it('takes whole words only, so that a slip is no answer', () => {
    assert.deepEqual(['y', ' YES ', 'n', 'no', 'l', 'list', 'u', 'd'].map(replyOf), [
      ...['yes', 'yes', 'no', 'no', 'list', 'list', 'update', 'remove'],
    ]);
    for (const line of ['', 'yy', 'ye', 'll', 'true', 'y n', 'yu', 'ud']) {
      assert.equal(replyOf(line), undefined, line);
    }
  });
});
