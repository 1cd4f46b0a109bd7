import assert from 'node:assert/strict';
import { OnceTokens } from '../../src/pages/onceTokens';

describe('tokens that are good once', () => {
  it('let in once, and then say that they were used, also after their time', () => {
    let now = 0;
    const tokens = new OnceTokens(() => now);
    const token = tokens.give(1000);
    assert.equal(tokens.isGood(token), true);
    assert.equal(tokens.isGood(token), true, 'to look uses nothing up');
    assert.equal(tokens.redeem(token), 'good');
    assert.equal(tokens.redeem(token), 'used');
    now = 5000;
    assert.equal(tokens.redeem(token), 'used');
  });

  it('are late from the end of their time on, each by its own', () => {
    let now = 0;
    const tokens = new OnceTokens(() => now);
    const [short, long] = [tokens.give(1000), tokens.give(Infinity)];
    now = 1000;
    assert.equal(tokens.redeem(short), 'late');
    assert.equal(tokens.redeem(long), 'good');
  });

  it('have 256 bits, and nothing that is only like one is one', () => {
    const tokens = new OnceTokens();
    const given = Array.from({ length: 50 }, () => tokens.give(1000));
    assert.equal(new Set(given).size, 50);
    for (const token of given) {
      assert.equal(Buffer.from(token, 'base64url').length, 32);
      // Another spelling of the same bytes is another token.
      for (const other of [`${token}=`, ` ${token}`, token.toLowerCase(), token.slice(1)]) {
        if (other !== token) assert.equal(tokens.redeem(other), 'unknown');
      }
    }
  });
});
