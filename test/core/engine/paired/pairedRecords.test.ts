import assert from 'node:assert/strict';
import {
  readPairedIncoming,
  readPairedOutgoing,
} from '../../../../src/core/engine/paired/pairedRecords';

const common = {
  version: 2,
  place: { atsUrl: 'https://ats.example', actorId: 'alice' },
  transferId: 'ab'.repeat(16),
  agent: { kid: 'k', name: 'Bob', fingerprint: '1' },
  peerId: 'bob',
  channel: 'files',
  startedAt: '2026-03-01T12:00:00.000Z',
  expiresAt: '2026-03-02T12:00:00.000Z',
};

/** If this fails, an update of Beeline forgets what was under way. */
describe('journals from before there were folders', () => {
  it('of a file that is sent are those of a list of one', () => {
    const source = { path: '/a/b.txt', name: 'b.txt', size: 3, mtimeNs: '17', ino: '4' };
    const read = readPairedOutgoing({
      ...common,
      source,
      signed: 's',
      signature: 't',
      began: true,
    });
    assert.deepEqual(read, {
      ...common,
      source: { paths: ['/a/b.txt'] },
      sources: [{ name: 'b.txt', path: '/a/b.txt' }],
      fileName: 'b.txt',
      fileSize: 3,
      kind: 'file',
      roots: 1,
      entries: 1,
      signed: 's',
      signature: 't',
      began: true,
    });
    assert.deepEqual(readPairedOutgoing(JSON.parse(JSON.stringify(read))), read, 'and written so');
    const damaged = { ...source, path: 7 };
    const other = { ...common, source: damaged, signed: 's', signature: 't' };
    assert.equal(readPairedOutgoing(other), undefined);
  });

  it('of a file that is received go on with it, into the folder chosen for it', () => {
    const file = {
      fileName: 'b.txt',
      safeName: 'b.txt',
      fileSize: 3,
      entries: 1,
      directory: '/in',
    };
    const read = readPairedIncoming({ ...common, ...file, temporaryPath: '/in/part' });
    assert.deepEqual(read, { ...common, ...file, kind: 'file', roots: 1 });
  });
});
