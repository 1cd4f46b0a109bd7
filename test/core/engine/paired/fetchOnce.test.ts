import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fetchOnce, type FetchOnceOptions } from '../../../../src/core/engine/paired/fetchOnce';
import { errors } from '../../../../src/core/errors';
import { lockTarget } from '../../../../src/core/receivefs/tree/targetLock';
import { withFolder } from '../../receivefs/tree/treeFixture';

describe('one try to fetch', () => {
  /** If this fails, a link that goes in a bad moment keeps a folder busy until the agent restarts. */
  it('lets go of its target when the link is gone before it begins', () =>
    withFolder(async (directory) => {
      const target = path.join(directory, 'p');
      await mkdir(target);
      const record = {
        transferId: 'ab'.repeat(16),
        agent: { kid: 'cd'.repeat(32), name: 'bob', fingerprint: '' },
        update: { target, mayDelete: false },
      };
      const parts = {
        context: { report: () => undefined, log: () => undefined },
        record,
        link: {
          open: () => {
            throw errors.peerLost();
          },
        },
        signal: new AbortController().signal,
        placed: { basis: () => Promise.resolve(undefined) },
        journal: () => Promise.resolve(),
      };
      await assert.rejects(fetchOnce(parts as unknown as FetchOnceOptions), { code: 'PEER_LOST' });
      (await lockTarget(target))();
    }));
});
