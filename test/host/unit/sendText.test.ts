import assert from 'node:assert/strict';
import type { SourceSummary } from '../../../src/core/engine';
import { summaryText } from '../../../src/host/text/contentText';
import { sendRows, type Counted } from '../../../src/host/text/sendText';

const counted = (parts: Partial<SourceSummary> = {}): Counted => ({
  kind: 'counted',
  summary: summary(parts),
});
const summary = (parts: Partial<SourceSummary> = {}): SourceSummary => ({
  kind: 'folder',
  name: 'proj',
  roots: 1,
  files: 12,
  folders: 3,
  links: 0,
  bytes: 3_400_000,
  ignored: 0,
  ...parts,
});
const counting: Counted = { kind: 'counting' };
const failed: Counted = { kind: 'failed', message: 'Too many $(bug) of them.' };
const labels = (...args: Parameters<typeof sendRows>) =>
  sendRows(...args).map(({ label, leaveOutIgnored }) => [label, leaveOutIgnored]);

describe('the question before something is sent', () => {
  it('says count and size', () => {
    assert.equal(summaryText(summary()), '12 files in 3 folders, 3.4 MB');
    assert.equal(
      summaryText(summary({ files: 1, folders: 0, links: 1 })),
      '1 file, 1 link, 3.4 MB',
    );
    assert.equal(summaryText(summary({ files: 0, folders: 1, bytes: 0 })), '1 folder');
    assert.equal(summaryText(summary({ files: 0, folders: 0, bytes: 0 })), '0 files');
  });

  it('is one row where nothing is ignored', () => {
    for (const prefer of [true, false]) {
      assert.deepEqual(labels(counted(), counted(), prefer), [['Send', true]]);
    }
  });

  it('has the preferred way first, and says how much is left out', () => {
    const without = counted({ ignored: 2 });
    const all = counted({ files: 900 });
    assert.deepEqual(labels(without, all, true), [
      ['Send without Ignored Files', true],
      ['Send Everything', false],
    ]);
    assert.deepEqual(labels(without, all, false)[0], ['Send Everything', false]);
    const [first, second] = sendRows(without, all, true);
    assert.equal(first?.detail, 'Leaves out 2 files and folders that .gitignore ignores');
    assert.equal(second?.description, '900 files in 3 folders, 3.4 MB');
    assert.match(
      sendRows(counted({ ignored: 1 }), all, true)[0]?.detail ?? '',
      /1 file or folder /,
    );
  });

  it('lets nothing be chosen that is not counted or cannot be sent', () => {
    for (const other of [counting, failed]) {
      assert.deepEqual(labels(counted({ ignored: 1 }), other, true), [
        ['Send without Ignored Files', true],
        ['Send Everything', undefined],
      ]);
      assert.deepEqual(labels(other, counted(), false)[0], ['Send Everything', false]);
      assert.equal(labels(other, counted(), false)[1]?.[1], undefined);
    }
  });
});
