import assert from 'node:assert/strict';
import { editorLanguage } from '../../../src/host/panel/editorLanguage';
import { parseRelaxed, readThemeJson } from '../../../src/host/panel/themeJson';
import { kidIn, panelPage } from '../../../src/host/panel/panelPage';
import { ReadMark } from '../../../src/host/panel/readMark';

describe('the file of a theme', () => {
  const reader = (files: Readonly<Record<string, string>>) => (path: string) => {
    const text = files[path];
    return text === undefined ? Promise.reject(new Error(path)) : Promise.resolve(text);
  };

  it('is read with comments and commas at the end, but not inside of strings', () => {
    const text = '\ufeff{ // one\n "a": "// no /* comment */ ,]", /* two\n */ "b": [1, 2, ], }';
    assert.deepEqual(parseRelaxed(text), { a: '// no /* comment */ ,]', b: [1, 2] });
    assert.deepEqual(parseRelaxed('{"a": "\\"//", "b": "\\\\"}'), { a: '"//', b: '\\' });
  });

  it('has what it includes first, so that its own words hold', async () => {
    const theme = await readThemeJson(
      './themes/dark.json',
      reader({
        'themes/dark.json':
          '{"include": "./base.json", "colors": {"a": 1}, "tokenColors": ["own"]}',
        'themes/base.json': '{"colors": {"a": 0, "b": 0}, "tokenColors": ["base"]}',
      }),
    );
    assert.deepEqual(theme, { colors: { a: 1, b: 0 }, tokenColors: ['base', 'own'] });
  });

  it('that includes itself ends, and one that leads out of its extension is not read', async () => {
    const loop = await readThemeJson('a.json', reader({ 'a.json': '{"include": "./a.json"}' }));
    assert.deepEqual(loop.tokenColors, []);
    for (const include of ['../../secret.json', '/etc/passwd', './a/../../../x']) {
      const asked: string[] = [];
      const read = readThemeJson('a.json', (path) => {
        asked.push(path);
        return Promise.resolve(path === 'a.json' ? JSON.stringify({ include }) : '{}');
      });
      await read.catch(() => undefined);
      assert.ok(
        asked.every((path) => !path.startsWith('..') && !path.startsWith('/')),
        asked.join(),
      );
    }
  });
});

describe('the document of a panel', () => {
  const kid = 'a'.repeat(64);
  const html = panelPage({
    cspSource: 'https://csp.example',
    script: 'https://r.example/chat.js?a=1&b="x',
    style: 'https://r.example/chat.css',
    nonce: 'abc',
    kid,
  });

  it('runs only the script with the nonce, and says whose it is', () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(html.match(/<script/g)?.length, 1);
    assert.match(
      html,
      /<script nonce="abc" src="https:\/\/r\.example\/chat\.js\?a=1&amp;b=&quot;x">/,
    );
    assert.ok(html.includes(`data-panel="${kid}"`));
  });

  it('is brought back for an agent only', () => {
    assert.equal(kidIn({ panel: kid, page: {} }), kid);
    for (const state of [undefined, null, 'x', {}, { panel: 7 }, { panel: 'A'.repeat(64) }]) {
      assert.equal(kidIn(state), undefined);
    }
  });
});

describe('how far a person has read', () => {
  it('is told once the panel is in front, and only the last', async () => {
    let isInFront = false;
    const told: string[] = [];
    const mark = new ReadMark(
      () => isInFront,
      (messageId) => {
        told.push(messageId);
        return Promise.resolve();
      },
    );
    await mark.upTo('one');
    await mark.upTo('two');
    await mark.look();
    assert.deepEqual(told, []);
    isInFront = true;
    await mark.look();
    await mark.look();
    assert.deepEqual(told, ['two']);
  });
});

describe('the language of a block of code', () => {
  it('is one that the editor knows, under its own name', () => {
    const known = ['typescript', 'cpp', 'plaintext'];
    assert.equal(editorLanguage('ts', known), 'typescript');
    assert.equal(editorLanguage('C++', known), 'cpp');
    assert.equal(editorLanguage('TypeScript', known), 'typescript');
    for (const written of ['py', 'constructor', '__proto__', '']) {
      assert.equal(editorLanguage(written, known), undefined);
    }
  });
});
