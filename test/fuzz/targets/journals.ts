import {
  readPairedIncoming,
  readPairedOutgoing,
} from '../../../src/core/engine/paired/pairedRecords';
import { readEnded, readIncoming, readOutgoing } from '../../../src/core/engine/records';
import { demand, demandEqual, jsonSeeds, parseJson } from '../properties';
import type { FuzzTarget } from '../target';

const place = { atsUrl: 'https://ats.example', actorId: 'alice', project: 'p' };
const source = { path: '/a/b', name: 'b', size: 3, mtimeNs: '17', ino: '4' };
const common = { channel: 'files', startedAt: '2026-03-01T12:00:00.000Z' };
const saved = { kind: 'saved', path: '/s/b', bytes: 3, sha256: 'ab', durationMs: 4 };
const open = { version: 1, place, transferId: 't', ...common, seed: 'ab' };
const paired = {
  version: 2,
  place,
  transferId: 'ab'.repeat(16),
  agent: { kid: 'k', name: 'Bob', fingerprint: '1' },
  peerId: 'bob',
  ...common,
  expiresAt: common.startedAt,
};
const list = {
  fileName: 'b',
  fileSize: 3,
  kind: 'folder',
  roots: 1,
  entries: 2,
  sync: { id: 'cd'.repeat(16), delete: true },
  movedAt: common.startedAt,
};
const delivered = {
  bytes: 3,
  files: 1,
  treeHash: 'ab',
  receipt: 'r',
  durationMs: 4,
  spared: 1,
  changed: 1,
  gone: 1,
};
const ended = { transferId: 't', direction: 'send', peerId: 'bob', fileName: 'b', fileSize: 3 };

/** Every reader of journals gets every record. What one accepts is complete, and its own alone. */
export const target: FuzzTarget = {
  covers: ['src/core/engine/records.ts', 'src/core/engine/paired/pairedRecords.ts'],
  kind: 'json',
  dictionary: [
    'version',
    'outcome',
    'kind',
    'failed',
    'saved',
    'received',
    'via',
    'taskId',
    'began',
    'source',
    'sources',
    'sync',
    'update',
    'staging',
    'digest',
  ],
  seeds: () =>
    jsonSeeds(
      {
        ...open,
        source,
        recipientId: 'bob',
        expiresAt: 'x',
        began: true,
        failure: { code: 'C', message: 'm' },
      },
      {
        ...open,
        taskId: 1,
        senderId: 'bob',
        fileName: 'b',
        safeName: 'b',
        fileSize: 3,
        fileHash: 'h',
        outcome: { ...saved, peerKey: 'matched' },
      },
      {
        ...paired,
        source,
        signed: 's',
        signature: 's',
        outcome: {
          kind: 'received',
          bytes: 3,
          sha256: 'ab',
          receipt: 'r',
          durationMs: 4,
          via: 'hub',
        },
      },
      {
        ...paired,
        fileName: 'b',
        safeName: 'b',
        fileSize: 3,
        entries: 1,
        digest: 'ab',
        outcome: { ...saved, receipt: 'r', via: 'relay' },
      },
      {
        ...paired,
        ...list,
        source: { paths: ['/a/b'], leaveOutIgnored: true },
        sources: [{ name: 'b', path: '/a/b' }],
        signed: 's',
        signature: 's',
        began: true,
        outcome: { kind: 'received', ...delivered, via: 'direct' },
      },
      {
        ...paired,
        ...list,
        safeName: 'b',
        update: { target: '/s/b', mayDelete: true },
        grants: { mayDelete: true },
        digest: 'ab',
        staging: '/s/.beeline-0123456789abcdef.part',
        outcome: {
          kind: 'saved',
          ...delivered,
          path: '/s/b',
          via: 'hub',
          conflicts: ['c (1)'],
          deleted: 1,
          undeleted: 1,
        },
      },
      { ...ended, ...common, state: { kind: 'completed', result: saved } },
      { ...ended, ...common, state: { kind: 'failed', error: { code: 'C', message: 'm' } } },
    ),
  fuzz(input) {
    const record = parseJson(input)?.value;
    let accepted = 0;
    for (const { read, version } of readers) {
      const value = read(record);
      if (value === undefined) continue;
      accepted++;
      demandEqual(read(JSON.parse(JSON.stringify(value))), value, 'written it is another');
      if (version === undefined) continue;
      const { version: found, transferId } = value as { version: number; transferId: unknown };
      demand(found === version, 'a record of another version');
      demand(typeof transferId === 'string', 'a record without an id');
    }
    return accepted > 0;
  },
};

const readers: readonly { read: (record: unknown) => unknown; version?: number }[] = [
  { read: readOutgoing, version: 1 },
  { read: readIncoming, version: 1 },
  { read: readPairedOutgoing, version: 2 },
  { read: readPairedIncoming, version: 2 },
  { read: readEnded },
];
