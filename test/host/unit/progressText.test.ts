import assert from 'node:assert/strict';
import { progressTitle, progressView, totalPercent } from '../../../src/host/text/progressText';
import { stoppedNotice } from '../../../src/host/text/interruptedText';
import { outcomeOf } from '../../../src/host/text/outcomeText';
import { aRef, aTransfer, folderParts, HOSTILE, states } from './samples';

describe('the words of a transfer', () => {
  it('say bytes, speed and time left', () => {
    const transfer = aTransfer({ state: states.transferring(250_000, 1_000_000, 50_000) });
    assert.deepEqual(progressView([transfer]), {
      message: '250 kB of 1.0 MB, 50.0 kB/s, 15 s left',
      percent: 25,
    });
    assert.equal(progressTitle([transfer], 1), 'Sending report.pdf to agent-b');
  });

  it('never show a number that is none', () => {
    const zero = aTransfer({
      fileSize: 0,
      state: { kind: 'transferring', progress: { bytes: 0, total: 0, rate: 0 } },
    });
    for (const transfers of [[zero], [zero, zero], [aTransfer(), zero]]) {
      const { message, percent } = progressView(transfers);
      assert.doesNotMatch(message, /NaN|Infinity|undefined/);
      assert.ok(percent === undefined || (percent >= 0 && percent <= 100));
    }
    assert.equal(totalPercent([zero]), 100);
  });

  it('add several files up', () => {
    const several = [
      aTransfer({ state: states.completed() }),
      aTransfer({ state: states.transferring(500) }),
      aTransfer(),
    ];
    const view = progressView(several);
    assert.match(view.message, /^1 of 3 files done, 1\.5 kB of 3\.0 kB, 100 bytes\/s, 15 s left$/);
    assert.equal(view.percent, 50);
    assert.equal(totalPercent(several), 50);
    assert.equal(totalPercent([aTransfer()]), undefined);
  });
});

describe('how the end of a transfer is told', () => {
  const kindOf = (...codes: Parameters<typeof states.failed>[0][]) =>
    outcomeOf(codes.map((code) => aTransfer({ state: states.failed(code) }))).kind;

  it('says nothing to somebody who cancelled', () => {
    assert.equal(kindOf('CANCELLED'), 'silent');
    assert.equal(kindOf('CANCELLED', 'CANCELLED'), 'silent');
  });

  it("does not call another person's decision an error", () => {
    assert.equal(kindOf('DECLINED'), 'refused');
    assert.equal(kindOf('OFFER_EXPIRED'), 'refused');
    assert.equal(kindOf('DECLINED', 'PEER_LOST'), 'failed');
  });

  it('offers to try again only what trying again can change', () => {
    const retry = (code: Parameters<typeof states.failed>[0], direction: 'send' | 'receive') => {
      const outcome = outcomeOf([aTransfer({ direction, state: states.failed(code) })]);
      return outcome.kind === 'failed' && outcome.retry;
    };
    assert.equal(retry('PEER_LOST', 'send'), true);
    assert.equal(retry('PEER_LOST', 'receive'), false);
    assert.equal(retry('PATH_NOT_FOUND', 'send'), false);
  });

  it('tells how many of several arrived, and why the others did not', () => {
    const outcome = outcomeOf([
      aTransfer({ state: states.completed() }),
      aTransfer({ state: states.failed('PEER_LOST', 'The connection was lost.') }),
      aTransfer({ state: states.completed() }),
    ]);
    assert.deepEqual(outcome, {
      kind: 'failed',
      message: '2 of 3 files arrived at agent-b. The connection was lost.',
      retry: true,
    });
  });

  it('says what arrived, what was spared, and what was in its way', () => {
    const done = (parts: Parameters<typeof states.completed>[1], direction: 'send' | 'receive') => {
      const state = states.completed('/save/proj', { files: 12, bytes: 3_400_000, ...parts });
      const outcome = outcomeOf([aTransfer({ ...folderParts, direction, agent: aRef(), state })]);
      return outcome.kind === 'silent' ? '' : outcome.message;
    };
    assert.equal(
      done({ spared: 3_000_000 }, 'send'),
      'proj (12 files, 3.4 MB) arrived at agent-b, verified. ' + '3.0 MB of it were there already.',
    );
    const conflicts = ['proj/a', 'proj/b', 'proj/[c](command:evil)', 'proj/d', 'proj/e'];
    const received = done({ conflicts, changed: 1, gone: 2, undeleted: 3 }, 'receive');
    assert.match(
      received,
      /^Received proj \(12 files, 3\.4 MB\) from agent-b, verified\. 1 file changed/,
    );
    assert.match(received, /2 files went away meanwhile\./);
    assert.match(received, /beside it: proj\/a, proj\/b, proj\/.c..command:evil. and 2 more\./);
    assert.match(received, /3 files removed on the other side stay here/);
    assert.ok(!received.includes('['));
  });

  it('asks for Resume in a sentence that says what to mend, whatever the names are', () => {
    const stopped = aTransfer({
      ...folderParts,
      fileName: HOSTILE,
      state: states.stopped('No room.'),
    });
    const text = stoppedNotice(stopped, (action) => `command:x?${action}`);
    assert.match(text, / to agent-b was interrupted\. No room\. What has arrived stays\./);
    assert.deepEqual(
      [...text.matchAll(/\[([^\]]+)\]\((\S+) /g)].map(([, label, href]) => [label, href]),
      [
        ['Resume', 'command:x?resume'],
        ['Cancel Transfer', 'command:x?cancel'],
      ],
    );
  });

  it('makes no link of what a peer said', () => {
    const outcome = outcomeOf([
      aTransfer({ state: states.failed('PEER_ERROR', 'It stopped: [x](command:evil)') }),
    ]);
    assert.ok(outcome.kind === 'failed' && !outcome.message.includes('['));
  });
});
