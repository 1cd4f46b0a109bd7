import assert from 'node:assert/strict';
import { SentPaths } from '../../../src/host/sentPaths';

/** What the editor remembers: plain values by key. */
class Memory {
  readonly values = new Map<string, unknown>();

  get(key: string): unknown {
    return this.values.get(key);
  }

  update(key: string, value: unknown): Promise<void> {
    this.values.set(key, value);
    return Promise.resolve();
  }
}

describe('where sent files lay', () => {
  it('is remembered by transfer, and does not grow', async () => {
    const paths = new SentPaths(new Memory());
    for (let at = 0; at < 80; at += 1) await paths.remember(`t${String(at)}`, `/p/${String(at)}`);
    assert.equal(paths.of('t79'), '/p/79');
    assert.equal(paths.of('t30'), '/p/30');
    assert.equal(paths.of('t0'), undefined);
  });

  it('is nothing when what was kept is damaged', () => {
    for (const damaged of ['x', 7, [['a']], [[1, 2]], [null], { a: 1 }]) {
      const memory = new Memory();
      memory.values.set('sentPaths', damaged);
      assert.equal(new SentPaths(memory).of('a'), undefined);
    }
  });
});
