import assert from 'node:assert/strict';
import { displayText, jsonLine } from '../../src/cli/output/displayText';

/** Code points that a terminal may act on, or that hide or reverse what follows. */
const acting = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  0x7f,
  ...Array.from({ length: 0x20 }, (_, offset) => 0x80 + offset),
  ...[0xad, 0x61c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0xfeff, 0xe0041],
  ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
  ...[0xd800, 0xdfff],
];

describe('text from a stranger on a terminal', () => {
  it('never carries a character that acts on the terminal or on the text around it', () => {
    for (const code of acting) {
      const shown = displayText(`a${String.fromCodePoint(code)}b`);
      assert.ok(!shown.includes(String.fromCodePoint(code)), `U+${code.toString(16)} got through`);
    }
  });

  it('takes whole escape sequences away, so that no harmless looking rest remains', () => {
    assert.equal(displayText('\u001b[31mred\u001b[0m.txt'), 'red.txt');
    assert.equal(displayText('\u001b]0;owned\u0007x.txt'), 'x.txt');
    assert.ok(!displayText('\u009b31mred').includes('\u009b'));
  });

  it('leaves names of every script as they are', () => {
    for (const name of ['Übergröße.pdf', '報告書.txt', 'دستور‌کار.pdf', '👩‍💻.md', 'a b.txt', '']) {
      assert.equal(displayText(name), name);
    }
  });

  it('is one short line whatever the length, and keeps both ends', () => {
    for (const length of [119, 120, 121, 480, 481, 1_000_000]) {
      const shown = displayText(`${'x'.repeat(length - 4)}.pdf`);
      assert.ok(Array.from(shown).length <= 120, String(Array.from(shown).length));
      assert.ok(shown.startsWith('x') && shown.endsWith('.pdf'));
    }
    assert.equal(Array.from(displayText('👍'.repeat(500), 20)).length, 20);
    assert.equal(Array.from(displayText(`\u001b[31m`.repeat(10_000), 20)).length <= 20, true);
  });
});

describe('a JSON line', () => {
  it('parses to what went in, and holds no character that acts', () => {
    for (const code of acting) {
      const value = { event: 'offer', fileName: `a${String.fromCodePoint(code)}b` };
      const line = jsonLine(value);
      assert.deepEqual(JSON.parse(line), value);
      assert.ok(!line.includes(String.fromCodePoint(code)), `U+${code.toString(16)} got through`);
    }
  });
});
