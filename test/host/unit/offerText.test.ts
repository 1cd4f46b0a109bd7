import assert from 'node:assert/strict';
import { heldPick, offerNotice, offerPick } from '../../../src/host/text/offerText';
import { senderText } from '../../../src/host/text/senderText';
import type { IncomingOffer, Trust } from '../../../src/core/events';
import { anOffer, aRef, folderParts, severalParts } from './samples';

const linked = (text: string) =>
  [...text.matchAll(/\[([^\]]+)\]\((command:[^)\s]+)(?: "(.+?)")?\)/g)].map(([, label, href]) => [
    label,
    href,
  ]);

describe('the words of an offer', () => {
  it('say who, what, how large and that nobody vouches for it', () => {
    const text = offerNotice(anOffer(), (action) => `command:x?${action}`, '/save');
    assert.ok(text.startsWith('agent-b (unverified) wants to send you report.pdf, 1.5 MB.'));
    assert.deepEqual(linked(text), [
      ['Accept', 'command:x?accept'],
      ['Accept to…', 'command:x?acceptTo'],
      ['Decline', 'command:x?decline'],
    ]);
  });

  it('keep exactly these three actions whatever the names and the folder are', () => {
    const hostile = '[Accept](command:evil) ")[x](command:evil "y") $(bug)';
    const offer = anOffer({ fileName: hostile, senderId: hostile });
    const text = offerNotice(offer, (action) => `command:x?${action}`, `/save/"${hostile}`);
    assert.deepEqual(
      linked(text).map(([label]) => label),
      ['Accept', 'Accept to…', 'Decline'],
    );
    assert.ok(linked(text).every(([, href]) => href?.startsWith('command:x?')));
  });

  it('stay within what a notification shows, so that the actions are never cut off', () => {
    const long = 'w'.repeat(100_000);
    const text = offerNotice(
      anOffer({ fileName: long, senderId: long }),
      (action) => `command:beeline.answerNotice?%5B123456789%2C%22${action}%22%5D`,
      `/${long}`,
    );
    assert.ok(text.length < 1000, String(text.length));
  });

  it('say of a folder or several how much there is in them', () => {
    const said = (parts: Partial<IncomingOffer>) =>
      offerNotice(anOffer(parts), () => 'command:x', '/save').split(' \u2002')[0];
    const begins = 'agent-b (unverified) wants to send you';
    assert.equal(said(folderParts), `${begins} the folder proj with 12 items, 1.5 MB.`);
    assert.equal(
      said({ ...folderParts, entries: 2 }),
      `${begins} the folder proj with 1 item, 1.5 MB.`,
    );
    assert.equal(said({ ...folderParts, entries: 1 }), `${begins} the empty folder proj.`);
    assert.equal(said(severalParts), `${begins} a.txt and 2 more, 14 items in all, 1.5 MB.`);
    assert.equal(said({ ...severalParts, entries: 3 }), `${begins} a.txt and 2 more, 1.5 MB.`);
  });

  it('offer to bring up to date what came before, and say where it is', () => {
    const offer = anOffer({ ...folderParts, trust: 'verified', updates: '/save/proj' });
    const text = offerNotice(offer, (action) => `command:x?${action}`, '/save');
    assert.match(text, /You have it from before, in \/save\/proj\./);
    assert.match(text, /"Save a copy in \/save"/);
    assert.deepEqual(
      linked(text).map(([label]) => label),
      ['Accept', 'Update', 'Accept to…', 'Show Files', 'Decline'],
    );
  });

  it('say what keeping in step means, and let removing be a choice of its own', () => {
    const sync = { grantId: '3'.repeat(32), delete: false, granted: false };
    const said = (parts: Partial<IncomingOffer['sync'] & object>) =>
      offerNotice(
        anOffer({ ...folderParts, trust: 'verified', sync: { ...sync, ...parts } }),
        (action) => `command:x?${action}`,
        '/save',
      );
    assert.match(said({}), /, and to keep it in step with its own from now on\. /);
    assert.doesNotMatch(said({}), /remov(es|ing) what|acceptRemoving/);
    const deleting = said({ delete: true });
    assert.match(deleting, /from now on, also removing what it removes\. /);
    assert.deepEqual(linked(deleting).slice(0, 2), [
      ['Accept', 'command:x?accept'],
      ['Accept with Removing', 'command:x?acceptRemoving'],
    ]);
    assert.match(deleting, /\?accept "Keep it in step in \/save; nothing is removed here"/);
  });

  it('are marked in the list as well', () => {
    assert.match(offerPick(anOffer()).description, /from agent-b \(unverified\)$/);
    const verified = offerPick(anOffer({ trust: 'verified', agent: aRef() }));
    assert.match(verified.description, /from agent-b \(verified\)$/);
    assert.ok(verified.detail?.includes(aRef().fingerprint));
    const claims = offerPick(anOffer({ trust: 'claims', agent: aRef() }));
    assert.match(claims.description, /from somebody who claims to be agent-b, not verified$/);
    assert.ok(!claims.detail?.includes(aRef().fingerprint), 'Its fingerprint vouches for nothing.');
  });

  it('say of each sender what is known, before anything else', () => {
    const said = (trust: Trust) => offerNotice(anOffer({ trust }), () => 'command:x', '/save');
    assert.ok(said('verified').startsWith('agent-b (verified) wants to send you report.pdf'));
    assert.ok(
      said('claims').startsWith(
        'Somebody who claims to be agent-b, not verified, wants to send you',
      ),
    );
  });

  it('show the files only of who has a link to ask for them', () => {
    const actions = (trust: Trust) =>
      linked(offerNotice(anOffer({ trust }), (action) => `command:x?${action}`, '/save'));
    assert.deepEqual(actions('verified')[2], ['Show Files', 'command:x?preview']);
    assert.equal(actions('verified').length, 4);
    for (const trust of ['unverified', 'claims'] as const) assert.equal(actions(trust).length, 3);
  });

  it('let no name stand for the mark beside it', () => {
    for (const senderId of ['agent-b(verified)', 'agent-b (verified)', 'agent-b✓', '✔agent-b']) {
      const text = senderText({ senderId, trust: 'unverified' });
      assert.ok(text.startsWith('“') && text.endsWith('” (unverified)'), text);
    }
  });

  it('gather strangers into one line', () => {
    const held = ['a', 'b', 'a'].map((senderId) => anOffer({ senderId, held: true }));
    assert.equal(heldPick(held).label, '3 more offers from strangers');
    assert.match(heldPick(held).description, /^2 agents/);
  });
});
