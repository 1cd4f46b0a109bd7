import assert from 'node:assert/strict';
import type { Transfer, TransferState } from '../../../src/core/events';
import { grantRow } from '../../../src/host/text/grantText';
import { offerRow, transferRow, transferRows } from '../../../src/host/text/transferText';
import {
  aGrant,
  anOffer,
  aRef,
  aTransfer,
  folderParts,
  HOSTILE,
  severalParts,
  states,
} from './samples';

const describedAs = (state: TransferState, parts: Partial<Transfer> = {}) =>
  transferRow(aTransfer({ state, ...parts })).description;

describe('the row of a transfer', () => {
  it('says how far it is, how fast, and how long it takes', () => {
    const state = states.transferring(420_000, 1_000_000, 58_000);
    assert.equal(describedAs(state), '42%, 58.0 kB/s, 10 s left · to agent-b');
    assert.equal(describedAs(state, { direction: 'receive' }).split(' · ')[1], 'from agent-b');
  });

  it('says the way that the bytes take', () => {
    const state = { ...states.transferring(1), via: 'hub' } as TransferState;
    assert.match(describedAs(state), / · to agent-b, through the hub$/);
  });

  it('says what an interrupted one waits for', () => {
    assert.equal(describedAs(states.interrupted()), 'interrupted, resumes when agent-b is back');
    const full = { code: 'DISK_FULL', message: 'agent-b has no room.' } as const;
    assert.equal(
      describedAs({ kind: 'interrupted', error: full, resumes: 'agent' }),
      'interrupted: agent-b has no room.',
    );
    assert.equal(describedAs(states.stopped('No room.')), 'interrupted: No room.');
  });

  it('says of an open peer that only the content is verified', () => {
    assert.equal(describedAs(states.completed()), 'to agent-b, content verified, 1.0 kB');
    assert.equal(
      describedAs(states.completed(), { agent: aRef() }),
      'to agent-b, verified, 1.0 kB',
    );
  });

  it('says of a folder how many files arrived, and what there is to know of them', () => {
    const result = { files: 12, bytes: 3_400_000, spared: 3_000_000, gone: 1, conflicts: ['a'] };
    assert.equal(
      describedAs(states.completed(undefined, result), { ...folderParts, agent: aRef() }),
      'to agent-b, verified, 12 files, 3.4 MB, 3.0 MB already there, 1 gone, 1 conflict',
    );
    assert.equal(
      describedAs(states.completed(undefined, { files: 1 }), { ...severalParts, agent: aRef() }),
      'to agent-b, verified, 1 file, 1.0 kB',
    );
  });

  it('names what was changed here in its tooltip, at most ten of them', () => {
    const conflicts = Array.from({ length: 50_000 }, (_, at) => `f${String(at)}`);
    const state = states.completed('/save/proj', { conflicts, treeHash: 'c'.repeat(64) });
    const { tooltip } = transferRow(aTransfer({ ...folderParts, state }));
    assert.match(tooltip, /f0, f1, .*f9 and 49990 more\./);
    assert.match(tooltip, /Tree hash: c{64}/);
    assert.doesNotMatch(tooltip, /undefined/);
  });

  it('says why one failed, on one line', () => {
    const long = `It failed: ${'x\n'.repeat(1000)}`;
    const said = describedAs(states.failed('PEER_ERROR', long));
    assert.ok(said.startsWith('to agent-b · It failed: '));
    assert.ok(said.length < 200 && !said.includes('\n'));
  });

  it('offers only what can be done in its state', () => {
    const abilities = (state: TransferState, direction: Transfer['direction'] = 'send') =>
      transferRow(aTransfer({ state, direction })).contextValue;
    assert.equal(abilities(states.transferring(1)), 'transfer running');
    assert.equal(abilities(states.interrupted()), 'transfer running resumable error');
    assert.equal(abilities(states.failed('PEER_LOST')), 'transfer ended error again');
    assert.equal(abilities(states.failed('PEER_LOST'), 'receive'), 'transfer ended error');
    assert.equal(abilities(states.completed('/save/x'), 'receive'), 'transfer ended saved');
    assert.equal(abilities(states.completed()), 'transfer ended');
  });

  it('opens with a click only what was saved here', () => {
    assert.ok(transferRow(aTransfer({ state: states.completed('/save/x') })).click);
    for (const state of [states.completed(), states.transferring(1), states.interrupted()]) {
      assert.equal(transferRow(aTransfer({ state })).click, undefined);
    }
  });

  it('makes nothing of what the other side calls things', () => {
    const transfer = aTransfer({
      fileName: HOSTILE,
      peerId: HOSTILE,
      agent: aRef({ fingerprint: HOSTILE }),
      state: states.failed('PEER_ERROR', HOSTILE),
    });
    for (const row of [
      transferRow(transfer),
      offerRow(anOffer({ senderId: HOSTILE, fileName: HOSTILE })),
      offerRow(anOffer({ ...severalParts, fileName: HOSTILE, updates: HOSTILE })),
      transferRow(
        aTransfer({ state: states.completed(HOSTILE, { conflicts: [HOSTILE], changed: 1 }) }),
      ),
      transferRow(aTransfer({ fileName: HOSTILE, state: states.stopped(HOSTILE) })),
      grantRow(aGrant({ name: HOSTILE, path: HOSTILE, agent: aRef({ name: HOSTILE }) })),
    ]) {
      assert.ok(!`${row.label}${row.description}`.includes('$('));
      const rest = row.tooltip.replace(/\\[!-/:-@[-`{-~]/g, '');
      assert.doesNotMatch(rest, /[[\]()<>#`$!]/);
    }
  });
});

describe('the Transfers view', () => {
  it('lists questions, what runs, what waits, what was interrupted, and what ended', () => {
    const transfer = (transferId: string, state: TransferState) => aTransfer({ transferId, state });
    const rows = transferRows(
      [anOffer({ transferId: 'held', held: true }), anOffer({ transferId: 'asked' })],
      [
        transfer('interrupted', states.interrupted()),
        transfer('waiting', { kind: 'waiting', expiresAt: '' }),
        transfer('running', states.transferring(1)),
        transfer('newest', states.completed()),
        transfer('older', states.failed('CANCELLED')),
      ],
    );
    assert.deepEqual(
      rows.map(({ id }) => id),
      [
        ...['offer:asked', 'held', 'transfer:running', 'transfer:waiting', 'transfer:interrupted'],
        ...['transfer:newest', 'transfer:older'],
      ],
    );
  });

  it('gives strangers one line, however many they are', () => {
    const offers = Array.from({ length: 100 }, (_, at) =>
      anOffer({ transferId: String(at), held: true }),
    );
    assert.deepEqual(
      transferRows(offers, []).map(({ label }) => label),
      ['100 offers from strangers'],
    );
  });

  it('says what a folder is, what of it is here, and what keeping it in step means', () => {
    const offer = anOffer({ ...folderParts, trust: 'verified', agent: aRef() });
    assert.equal(
      offerRow(offer).description,
      'offered by agent-b (verified), folder with 12 items, 1.5 MB',
    );
    const sync = { grantId: '3'.repeat(32), delete: true, granted: false };
    const row = offerRow({ ...offer, updates: '/save/proj', sync });
    assert.equal(row.contextValue, 'offer listed removes');
    assert.match(row.tooltip, /from before, in \\\/save\\\/proj/);
    assert.match(row.tooltip, /in step with its own from now on, also removing what it removes/);
  });

  it('marks who is verified, and lets their files be looked at', () => {
    const verified = offerRow(anOffer({ trust: 'verified', agent: aRef() }));
    assert.match(verified.description, /^offered by agent-b \(verified\), /);
    assert.equal(verified.contextValue, 'offer listed');
    assert.equal(verified.icon.id, 'verified-filled');
    assert.ok(verified.tooltip.includes(aRef().fingerprint));
    const claims = offerRow(anOffer({ trust: 'claims', agent: aRef() }));
    assert.match(claims.description, /^claims to be agent-b, not verified, 1\.5 MB$/);
    assert.equal(claims.contextValue, 'offer');
    assert.equal(claims.icon.id, 'warning');
  });
});
