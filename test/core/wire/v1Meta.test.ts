import assert from 'node:assert/strict';
import { BeelineError } from '../../../src/core/errors';
import { decodeMeta, encodeMeta } from '../../../src/core/wire/v1Meta';

const hash = 'ab'.repeat(32);

/** META says a name, a size and a hash that can be believed in form, or it says nothing. */
describe('META', () => {
  it('comes back as it was said, in every script', () => {
    for (const name of ['a.txt', '', 'ファイル.txt', 'ملف', 'a"\\\n/..', '\ud800 alone', '🐝']) {
      const meta = { name, size: Number.MAX_SAFE_INTEGER, hash };
      assert.deepEqual(decodeMeta(encodeMeta(meta)), meta);
    }
  });

  it('is JSON with the fields of ats-p2p, in their order', () => {
    assert.equal(
      encodeMeta({ name: 'a', size: 1, hash }).toString(),
      `{"name":"a","size":1,"hash":"${hash}"}`,
    );
  });

  it('reads the names that others use for the fields', () => {
    for (const name of ['name', 'filename', 'file_name']) {
      for (const size of ['size', 'file_size']) {
        for (const sum of ['hash', 'sha256', 'file_hash']) {
          const text = JSON.stringify({ [name]: 'n', [size]: 0, [sum]: hash.toUpperCase() });
          assert.deepEqual(decodeMeta(Buffer.from(text)), { name: 'n', size: 0, hash });
        }
      }
    }
  });

  it('may lack a name', () => {
    assert.equal(decodeMeta(Buffer.from(JSON.stringify({ size: 1, hash }))).name, undefined);
  });

  const bad: Record<string, string | Buffer> = {
    empty: '',
    'not JSON': 'name=a',
    'cut JSON': '{"name":"a"',
    'not UTF-8': Buffer.from([0x7b, 0xff, 0x7d]),
    'an array': '[]',
    null: 'null',
    text: '"a"',
    'a name that is a number': JSON.stringify({ name: 1, size: 1, hash }),
    'no size': JSON.stringify({ name: 'a', hash }),
    'a size in words': JSON.stringify({ name: 'a', size: '1', hash }),
    'a negative size': JSON.stringify({ name: 'a', size: -1, hash }),
    'half a byte': JSON.stringify({ name: 'a', size: 0.5, hash }),
    'more bytes than can be counted': `{"name":"a","size":9007199254740992,"hash":"${hash}"}`,
    'an endless size': `{"name":"a","size":1e999,"hash":"${hash}"}`,
    'no hash': JSON.stringify({ name: 'a', size: 1 }),
    'a short hash': JSON.stringify({ name: 'a', size: 1, hash: hash.slice(2) }),
    'a hash that is not hex': JSON.stringify({ name: 'a', size: 1, hash: 'z'.repeat(64) }),
    'fields of the prototype only': '{"__proto__":{"size":1,"hash":"x"}}',
  };
  for (const [what, payload] of Object.entries(bad)) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => decodeMeta(Buffer.from(payload as string)),
        (error) => error instanceof BeelineError && error.code === 'PROTOCOL',
      );
    });
  }
});
