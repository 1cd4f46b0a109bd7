import assert from 'node:assert/strict';
import { base64Of } from '../../../webview/base64';
import { isSafeHref, realPlace } from '../../../webview/chat/links';
import { visibleText } from '../../../webview/chat/visibleText';

describe('links of messages', () => {
  it('lead to the web and to mail only, however the address is written', () => {
    const safe = ['http://a.example', 'HTTPS://a.example/x', 'mailto:a@b.example'];
    const unsafe = [
      'javascript:alert(1)',
      ' javascript:alert(1)',
      'java\tscript:alert(1)',
      'JAVASCRIPT:alert(1)',
      'data:text/html,x',
      'command:x',
      'vscode://x/y',
      'file:///etc/passwd',
      'blob:https://a.example/x',
      '//a.example',
      '/etc/passwd',
      '#x',
      '',
    ];
    for (const href of safe) assert.equal(isSafeHref(href), true, href);
    for (const href of unsafe) assert.equal(isSafeHref(href), false, href);
  });

  it('say where they lead when their words name another place', () => {
    const evil = 'https://evil.example/x';
    assert.equal(realPlace('https://bank.example', evil), 'evil.example');
    assert.equal(realPlace('bank.example/login', evil), 'evil.example');
    assert.equal(realPlace('https://user@bank.example', evil), 'evil.example');
    assert.equal(realPlace('HTTPS://EVIL.example', evil), undefined);
    assert.equal(realPlace('www.evil.example', evil), undefined);
    assert.equal(realPlace('the documentation', evil), undefined);
    assert.equal(realPlace('a.example', 'https://a.example:8080/'), 'a.example:8080');
    assert.equal(realPlace('a@bank.example', 'mailto:a@evil.example'), 'evil.example');
  });

  it('cannot make matching slow', () => {
    const started = performance.now();
    for (const part of ['a.', 'a@', '://', 'a:', '/', ' '])
      realPlace(part.repeat(16_000), 'https://a.example');
    assert.ok(performance.now() - started < 1000);
  });
});

describe('text that turns', () => {
  it('is shown by number, and marks of right-to-left scripts stay', () => {
    assert.equal(visibleText('a\u202eb\u2067c\u2069'), 'a⟨U+202E⟩b⟨U+2067⟩c⟨U+2069⟩');
    assert.equal(visibleText('שלום\u200f!'), 'שלום\u200f!');
  });
});

describe('bytes of an upload', () => {
  it('are the same in base64 at every length around the parts', () => {
    for (const length of [0, 1, 2, 3, 24_575, 24_576, 24_577, 50_000, 524_288]) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 31) % 256);
      assert.equal(base64Of(bytes), Buffer.from(bytes).toString('base64'));
    }
  });
});
