import assert from 'node:assert/strict';
import {
  confirmNotice,
  inviteNotice,
  pairedText,
  pairingRow,
  questionRows,
} from '../../../src/host/text/pairingText';
import { aCard, anAgent, aPairing, HOSTILE } from './samples';

const NOW = Date.parse('2025-01-01T00:00:00Z');
const expiresAt = '2025-01-01T00:09:05Z';
const OWN = '99999 88888 77777';
const links = (text: string) =>
  [...text.matchAll(/\[([^\]]+)\]\((command:[^)\s]+)(?: "(.+?)")?\)/g)].map(([, label]) => label);

describe('the words of a pairing', () => {
  it('show the code, how long it is good for, and how to copy it', () => {
    const text = inviteNotice('AAAA-BBBB', 545_000, (action) => `command:x?${action}`);
    assert.ok(text.startsWith('Your invite: AAAA-BBBB '));
    assert.match(text, /good once, for 09:05\./);
    assert.deepEqual(links(text), ['Copy Code', 'Copy Link']);
  });

  it('never count below nothing', () => {
    assert.match(
      inviteNotice('A', -5000, () => 'command:x'),
      /for 00:00\./,
    );
  });

  it('let a card bring no link and no icon of its own', () => {
    const card = aCard({ name: HOSTILE, actorId: HOSTILE, origin: HOSTILE });
    assert.deepEqual(links(confirmNotice(card, () => 'command:x')), ['Compare…']);
    assert.deepEqual(links(pairedText(anAgent({ name: HOSTILE, actorId: HOSTILE }))), []);
    const rows = questionRows(card, OWN, [anAgent({ actorId: HOSTILE, kid: 'other' })]);
    assert.ok(rows.every(({ label, detail }) => !`${label}${detail}`.includes('$(')));
  });
});

describe('the question whether to pair', () => {
  it('shows both fingerprints whole, before the answers', () => {
    const rows = questionRows(aCard(), OWN, []);
    assert.deepEqual(
      rows.map(({ label }) => label),
      [aCard().fingerprint, OWN, 'Pair', "Don't Pair"],
    );
    assert.match(rows[0]?.detail ?? '', /Bea \(agent-b\), at https:\/\/hub\.example\.org$/);
  });

  it('does nothing on an Enter that was meant for something else', () => {
    assert.equal(questionRows(aCard(), OWN, [])[0]?.does, undefined);
    assert.equal(questionRows(aCard({ known: true }), OWN, [anAgent()])[0]?.does, undefined);
  });

  it('warns of another identity under a known id, and only then', () => {
    const warned = (card: Parameters<typeof aCard>[0], agents = [anAgent()]) =>
      questionRows(aCard(card), OWN, agents).some(({ icon }) => icon === 'warning');
    assert.equal(warned({ kid: 'c'.repeat(64) }), true);
    assert.equal(warned({ kid: 'c'.repeat(64), actorId: 'agent-c' }), false);
    assert.equal(warned({ kid: 'c'.repeat(64) }, []), false);
  });

  it('says when it is somebody already paired', () => {
    const rows = questionRows(aCard({ known: true }), OWN, [anAgent()]);
    assert.ok(rows.some(({ label }) => label.startsWith('You are already paired')));
  });
});

describe('the row of a pairing', () => {
  it('says what it waits for, and goes when it ended', () => {
    const said = (state: Parameters<typeof aPairing>[0]) =>
      pairingRow(aPairing(state), NOW)?.description;
    assert.equal(said({ kind: 'waiting', expiresAt }), 'not used yet, 09:05 left');
    assert.equal(
      said({ kind: 'confirm', card: aCard(), expiresAt }),
      'waits for you to compare fingerprints',
    );
    assert.equal(said({ kind: 'confirmed', card: aCard(), expiresAt }), 'has not confirmed yet');
    assert.equal(said({ kind: 'paired', agent: anAgent() }), undefined);
  });

  it('never shows the code, which other windows need not know', () => {
    const row = pairingRow(aPairing({ kind: 'waiting', expiresAt }), NOW);
    assert.equal(row?.label, 'Invite');
  });
});
