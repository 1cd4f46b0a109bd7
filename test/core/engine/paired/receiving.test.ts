import assert from 'node:assert/strict';
import path from 'node:path';
import { Receiving } from '../../../../src/core/engine/paired/receiving';
import { Resumption } from '../../../../src/core/engine/paired/resumption';
import { Turnstile } from '../../../../src/core/engine/paired/turnstile';
import { errors } from '../../../../src/core/errors';
import { withFolder } from '../../receivefs/tree/treeFixture';

describe('receiving', () => {
  /** If this fails, an agent whose channels break at once has this disk read again and again. */
  it('tries less and less often while nothing comes of it', function () {
    this.timeout(20_000);
    return withFolder(async (directory) => {
      const tries: number[] = [];
      const cancel = new AbortController();
      const link = {
        open: () => {
          tries.push(performance.now());
          if (tries.length === 5) cancel.abort(errors.cancelled());
          throw errors.peerLost();
        },
      };
      const context = { signal: cancel.signal, report: () => undefined, log: () => undefined };
      const record = {
        transferId: 'ab'.repeat(16),
        agent: { kid: 'cd'.repeat(32), name: 'bob', fingerprint: '' },
        peerId: 'bob',
        startedAt: new Date().toISOString(),
        directory: path.join(directory, 'in'),
      };
      const parts = {
        keeper: { find: () => link, waitFor: () => Promise.resolve(link) },
        turnstile: new Turnstile(8),
        targets: new Turnstile(1),
        resumption: new Resumption(),
        placed: { basis: () => Promise.resolve(undefined) },
      };
      const given = [context, record, parts, () => Promise.resolve()];
      const receiving = new Receiving(
        ...(given as unknown as ConstructorParameters<typeof Receiving>),
      );
      const outcome = await receiving.run();
      assert.equal(outcome.kind === 'failed' && outcome.code, 'CANCELLED');
      const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
      pauses.forEach((pause, index) => {
        assert.ok(pause >= 500 * 2 ** index - 50, `${pauses.join(' ')} ms`);
      });
    });
  });
});
