import assert from 'node:assert/strict';
import { heldPick, offerNotice, offerPick } from '../../../src/host/text/offerText';
import { anOffer } from './samples';

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

  it('are marked unverified in the list as well', () => {
    assert.match(offerPick(anOffer()).description, /from agent-b, unverified$/);
  });

  it('gather strangers into one line', () => {
    const held = ['a', 'b', 'a'].map((senderId) => anOffer({ senderId, held: true }));
    assert.equal(heldPick(held).label, '3 more offers from strangers');
    assert.match(heldPick(held).description, /^2 agents/);
  });
});
