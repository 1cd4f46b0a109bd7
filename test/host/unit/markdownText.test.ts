import assert from 'node:assert/strict';
import { markdownText } from '../../../src/host/text/markdownText';
import { HOSTILE } from './samples';

describe("a peer's words in Markdown", () => {
  it('have every sign escaped that Markdown could read, also in bare addresses', () => {
    const plain = markdownText(HOSTILE, 400).replace(/\\[!-/:-@[-`{-~]/g, '');
    assert.doesNotMatch(plain, /[!-/:-@[-`{-~]/);
    assert.ok(markdownText('https://evil.example').startsWith('https\\:\\/\\/evil\\.example'));
  });

  it('begin no block: neither a list, nor a heading, nor code', () => {
    for (const text of ['# h', '1. x', '- x', '    code', '> q', '\n\n---\n', '```\nx']) {
      assert.match(markdownText(text), /^(\w|\\)/);
      assert.doesNotMatch(markdownText(text), /\n|^ /);
    }
  });

  it('stay as they are where nothing has a meaning', () => {
    assert.equal(markdownText('Ada Lovelace 報告'), 'Ada Lovelace 報告');
  });
});
