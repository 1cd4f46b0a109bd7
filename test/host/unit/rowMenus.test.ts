import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { commands, views } from '../../../src/host/ids';
import { agentRow } from '../../../src/host/text/agentText';
import { grantRow } from '../../../src/host/text/grantText';
import { pairingRow } from '../../../src/host/text/pairingText';
import { offerRow, transferRow } from '../../../src/host/text/transferText';
import { rowKey, type TreeRow } from '../../../src/host/views/treeRow';
import { aCard, aGrant, anAgent, anOffer, aPairing, aTransfer, states } from './samples';

interface Entry {
  readonly command: string;
  readonly when: string;
}

describe('the menus of rows', () => {
  let entries: readonly Entry[];
  before(async () => {
    const file = path.join(import.meta.dirname, '../../../package.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as {
      contributes: { menus: { 'view/item/context': Entry[] } };
    };
    entries = manifest.contributes.menus['view/item/context'];
  });

  /** As the editor does: two conditions, the view and what the row says of itself. */
  const actionsOf = (view: string, { contextValue }: TreeRow): string[] => {
    const fitting = entries.filter(({ when }) => {
      const [, named, operator, value] =
        /^view == (\S+) && viewItem (=~|==) ['/](.+)['/]$/.exec(when) ?? [];
      assert.ok(named !== undefined && value !== undefined, when);
      if (named !== view) return false;
      return operator === '==' ? contextValue === value : new RegExp(value).test(contextValue);
    });
    return [...new Set(fitting.map(({ command }) => command))].toSorted();
  };
  const listed = (...names: (keyof typeof commands)[]) =>
    names.map((name) => commands[name]).toSorted();

  it('let an agent be talked to, sent to, trusted, blocked, compared and removed', () => {
    const actions = (parts: Parameters<typeof anAgent>[0]) =>
      actionsOf(views.agents, agentRow(anAgent(parts), 0));
    const always = ['compareFingerprint', 'removeAgent'] as const;
    const talk = [
      'chatWithAgent',
      'callAgent',
      'callAgentWithVideo',
      'clearChatWithAgent',
    ] as const;
    const heard = [...always, ...talk, 'sendToThisAgent', 'blockAgent'] as const;
    assert.deepEqual(actions({}), listed(...heard, 'allowAgent'));
    assert.deepEqual(actions({ allowed: true }), listed(...heard, 'askAgain'));
    assert.deepEqual(actions({ blocked: true }), listed(...always, 'unblockAgent'));
    assert.deepEqual(actions({ blocked: true, allowed: true }), listed(...always, 'unblockAgent'));
  });

  it('let a pairing be shown and ended', () => {
    const row = pairingRow(aPairing({ kind: 'confirm', card: aCard(), expiresAt: '' }), 0);
    assert.ok(row);
    assert.deepEqual(actionsOf(views.agents, row), listed('showPairing', 'cancelPairing'));
  });

  it('let a folder that is kept in step be shown and stopped', () => {
    assert.deepEqual(
      actionsOf(views.agents, grantRow(aGrant())),
      listed('revealGrant', 'stopGrant'),
    );
  });

  it('let an offer be answered, and looked at where that can be', () => {
    const answers = ['acceptOffer', 'acceptOfferTo', 'declineOffer'] as const;
    const actions = (trust: 'verified' | 'claims') =>
      actionsOf(views.transfers, offerRow(anOffer({ trust })));
    assert.deepEqual(actions('claims'), listed(...answers));
    assert.deepEqual(actions('verified'), listed(...answers, 'previewOffer'));
    const sync = { grantId: '3'.repeat(32), delete: true, granted: false };
    const known = anOffer({ trust: 'verified', updates: '/save/proj' });
    assert.deepEqual(
      actionsOf(views.transfers, offerRow(known)),
      listed(...answers, 'previewOffer', 'updateFromOffer'),
    );
    assert.deepEqual(
      actionsOf(views.transfers, offerRow({ ...known, sync })),
      listed(...answers, 'previewOffer', 'acceptOfferRemoving'),
    );
  });

  it('let a transfer be what its state allows', () => {
    const actions = (...[state, direction]: [ReturnType<typeof states.completed>, 'receive'?]) =>
      actionsOf(
        views.transfers,
        transferRow(aTransfer({ state, ...(direction && { direction }) })),
      );
    assert.deepEqual(actions(states.transferring(1)), listed('cancelTransfer', 'copyTransferId'));
    assert.deepEqual(
      actions(states.interrupted()),
      listed('cancelTransfer', 'copyTransferId', 'resumeTransfer', 'copyTransferError'),
    );
    assert.deepEqual(actions(states.stopped()), actions(states.interrupted()));
    assert.deepEqual(
      actions(states.failed('PEER_LOST')),
      listed('copyTransferId', 'copyTransferError', 'sendAgain'),
    );
    assert.deepEqual(
      actions(states.failed('PEER_LOST'), 'receive'),
      listed('copyTransferId', 'copyTransferError'),
    );
    assert.deepEqual(
      actions(states.completed('/save/x'), 'receive'),
      listed('copyTransferId', 'openTransfer', 'revealTransfer'),
    );
    assert.deepEqual(actions(states.completed()), listed('copyTransferId'));
  });

  it('know their own rows only', () => {
    assert.equal(rowKey('agent', { id: 'agent:x:y' }), 'x:y');
    for (const element of [undefined, null, 'agent:x', {}, { id: 7 }, { id: 'offer:x' }]) {
      assert.equal(rowKey('agent', element), undefined);
    }
  });
});
