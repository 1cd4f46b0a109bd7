import assert from 'node:assert/strict';
import { highlight } from '../../../src/pages/highlight/highlighter';
import { LANGUAGES, languageNamed } from '../../../src/pages/highlight/languages';

const DARK = { kind: 'dark' } as const;

/** Colours must never change, lose or stop on the words they are for. */
describe('highlighting for pages', () => {
  it('gives back the same text in every language, with colours', async function () {
    this.timeout(60_000);
    const text = 'if (a) {\n\n  return "b"; // c # d\r\n}\n';
    for (const language of Object.keys(LANGUAGES)) {
      const lines = await highlight({ text, language, theme: DARK });
      const joined = lines.map((line) => line.map((piece) => piece.text).join('')).join('\n');
      assert.equal(joined, text.replaceAll('\r\n', '\n'), language);
    }
    const [line] = await highlight({ text: 'const a = 1;', language: 'ts', theme: DARK });
    assert.equal(line?.find((piece) => piece.text === 'const')?.color, '#569CD6');
  });

  it('takes an editor’s theme, and another when it changes', async () => {
    const theme = (foreground: string) => ({
      tokenColors: [
        { settings: { foreground: '#101010' } },
        { scope: ['storage', 'keyword'], settings: { foreground, fontStyle: 'bold italic' } },
      ],
    });
    for (const color of ['#ABCDEF', '#123456']) {
      const json = theme(color);
      const request = { text: 'const a', language: 'typescript', theme: { ...DARK, json } };
      const [line] = await highlight(request);
      assert.deepEqual(line?.[0], { text: 'const', color, bold: true, italic: true });
    }
  });

  it('falls back to a standard theme when the file is none, and lets no colour be a style', async () => {
    const inject = { scope: 'keyword', settings: { foreground: 'red;background:url(//x)' } };
    const themes = [null, 1, 'x', [], {}, { tokenColors: 'x' }, { tokenColors: [inject] }];
    for (const json of themes) {
      const request = { text: 'if (a) {}', language: 'ts', theme: { ...DARK, json } };
      for (const line of await highlight(request))
        for (const { color } of line) assert.match(color ?? '#000000', /^#[0-9a-f]+$/i);
    }
  });

  it('shows plainly what is unknown or too long, in bounded time', async function () {
    this.timeout(20_000);
    const plain = await highlight({ text: 'a\nb', language: 'no-such', theme: DARK });
    assert.deepEqual(plain, [[{ text: 'a' }], [{ text: 'b' }]]);
    const long = 'x = 1\n'.repeat(20_000);
    const lines = await highlight({ text: long, language: 'python', theme: DARK });
    assert.ok(lines.every((line) => line.every(({ color }) => color === undefined)));
    const started = performance.now();
    for (const bit of ['(', '"', '`${', '/*', '<a '])
      await highlight({ text: bit.repeat(10_000), language: 'tsx', theme: DARK });
    assert.ok(performance.now() - started < 15_000);
  });

  it('takes bounded time for lines that an expression takes for ever on', async function () {
    this.timeout(60_000);
    for (const language of ['javascript', 'cpp', 'css', 'html']) {
      await highlight({ text: 'a', language, theme: DARK });
      for (const [length, lines] of [
        [1990, 32],
        [299, 200],
      ] as const) {
        const text = Array.from({ length: lines }, () => 'a'.repeat(length)).join('\n');
        const start = performance.now();
        const found = await highlight({ text, language, theme: DARK });
        const ms = Math.round(performance.now() - start);
        // Alone on a machine a tenth of it; without a bound, minutes.
        assert.ok(ms < 5000, `${language}: ${ms} ms for ${lines} lines of ${length}`);
        const joined = found.map((line) => line.map((piece) => piece.text).join('')).join('\n');
        assert.equal(joined, text, 'and loses nothing');
      }
    }
  });

  it('knows languages by what people write, and nothing that an object has by itself', () => {
    assert.equal(languageNamed(' TS '), 'typescript');
    assert.equal(languageNamed('typescriptreact'), 'tsx');
    for (const name of ['__proto__', 'constructor', 'toString', '']) {
      assert.equal(languageNamed(name), undefined);
    }
  });
});
