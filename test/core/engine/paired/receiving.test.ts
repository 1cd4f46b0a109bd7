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

  /** If this fails, what has just been accepted is said to be interrupted before it begins. */
  it('says that it waits for its agent once no link comes, at once only when it had begun', async function () {
    this.timeout(20_000);
    const firstReport = async (staging?: string): Promise<[string, number]> => {
      const cancel = new AbortController();
      const begun = performance.now();
      let told: [string, number] | undefined;
      const report = (state: { readonly kind: string }): void => {
        told ??= [state.kind, performance.now() - begun];
        cancel.abort(errors.cancelled());
      };
      const context = { signal: cancel.signal, report, log: () => undefined };
      const record = {
        ...{ transferId: 'ab'.repeat(16), peerId: 'bob', startedAt: new Date().toISOString() },
        agent: { kid: 'cd'.repeat(32), name: 'bob', fingerprint: '' },
        ...(staging !== undefined && { staging }),
      };
      const waitFor = (_kid: string, signal: AbortSignal): Promise<never> =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(errors.cancelled());
          });
          signal.throwIfAborted();
        });
      const parts = { keeper: { find: () => undefined, waitFor } };
      const given = [context, record, parts, () => Promise.resolve()];
      await new Receiving(...(given as unknown as ConstructorParameters<typeof Receiving>)).run();
      assert.ok(told !== undefined);
      return told;
    };
    await withFolder(async (directory) => {
      const [fresh, after] = await firstReport();
      assert.equal(fresh, 'interrupted');
      assert.ok(after > 4000, `${String(after)} ms`);
      const [begun, soon] = await firstReport(
        path.join(directory, '.beeline-0123456789abcdef.part'),
      );
      assert.equal(begun, 'interrupted');
      assert.ok(soon < 1000, `${String(soon)} ms`);
    });
  });
});
