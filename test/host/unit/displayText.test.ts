import assert from 'node:assert/strict';
import {
  displayText,
  noticeText,
  pickText,
  sentenceText,
} from '../../../src/host/text/displayText';

/** What the editor's notifications make a link of, whatever the words around it. */
const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;

describe("a peer's words on the screen", () => {
  it('never hold control, direction or invisible characters', () => {
    const hostile = 'a\u0000b\u001b[31mc\u202egnp.exe\u200b\u2028d\ud800e\n\tf';
    assert.equal(displayText(hostile), 'ab[31mcgnp.exe de f');
  });

  it('are on one line, of a bounded length, and keep their end', () => {
    const shown = displayText(`${'x'.repeat(1_000_000)}.pdf`);
    assert.equal(Array.from(shown).length, 80);
    assert.ok(shown.endsWith('x.pdf'));
    assert.ok(shown.includes('…'));
    assert.equal(Array.from(displayText(`${'é'.repeat(81)}.txt`)).length, 80);
    assert.equal(displayText('x'.repeat(80)).length, 80);
  });

  it('never vanish', () => {
    for (const empty of ['', ' ', '\u200b', '\u0007\u202e']) {
      assert.equal(displayText(empty), '(no name)');
    }
  });

  it('stay as they are in every script', () => {
    for (const name of ['Bericht.pdf', '報告.docx', 'отчёт.txt', 'दस्तावेज़.csv', 'a 🐝.png']) {
      assert.equal(displayText(name), name);
    }
  });

  it('cannot become an icon', () => {
    assert.equal(pickText('$(verified) safe'), '$ (verified) safe');
    assert.ok(!pickText('$$((x)').includes('$('));
    assert.ok(!pickText('$\u200b(x)').includes('$('));
  });

  it('cannot become a link, alone or with our own links behind them', () => {
    const names = [
      '[Accept](command:workbench.action.quit)',
      '[x](https://example.org "t")',
      '[Decline ',
      '[\u200bx](command:a)',
      ']](command:a)',
    ];
    for (const name of names) {
      for (const shown of [noticeText(name), sentenceText(`Refused: ${name}`)]) {
        assert.doesNotMatch(shown, link);
        const [, label] = link.exec(`${shown} [Accept](command:ours)`) ?? [];
        assert.equal(label, 'Accept');
      }
    }
  });
});
