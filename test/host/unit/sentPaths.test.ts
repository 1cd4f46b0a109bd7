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
  it('is remembered by transfer with what was left out, and does not grow', async () => {
    const paths = new SentPaths(new Memory());
    const sent = (at: number) => ({ paths: [`/p/${String(at)}`, '/q'], leaveOutIgnored: at > 50 });
    for (let at = 0; at < 80; at += 1) await paths.remember(`t${String(at)}`, sent(at));
    const known = (id: string) => {
      const found = paths.of(id);
      return found && { paths: found.paths, leaveOutIgnored: found.leaveOutIgnored };
    };
    assert.deepEqual(known('t79'), sent(79));
    assert.deepEqual(known('t30'), sent(30));
    assert.equal(known('t0'), undefined);
  });

  it('is nothing when what was kept is damaged', () => {
    const a = { transferId: 'a' };
    for (const damaged of [
      ...['x', 7, [['a', '/p']], [null], { a: 1 }, [a], [{ ...a, paths: '/p' }]],
      [{ ...a, paths: [], leaveOutIgnored: true }],
      [{ ...a, paths: [1], leaveOutIgnored: true }],
      [{ ...a, paths: ['/p'] }],
    ]) {
      const memory = new Memory();
      memory.values.set('sentPaths', damaged);
      assert.equal(new SentPaths(memory).of('a'), undefined);
    }
  });
});
