import assert from 'node:assert/strict';
import { candidates, codePlace } from '../../../src/host/panel/codePlace';
import { checkedLink } from '../../../src/host/panel/checkedLink';

describe('a place in a message, which opens a file here when it is clicked', () => {
  it('goes through plain names only, whatever the system', () => {
    assert.deepEqual(codePlace('proj/src/a b.ts'), ['proj', 'src', 'a b.ts']);
    for (const path of [
      ...['', '/', '/etc/passwd', '//host/share/x', 'proj//x', 'proj/', 'proj/./x'],
      ...['..', '../x', 'proj/../../x', 'proj/..', 'a/b/../c'],
      ...['C:/x', 'file:///etc/passwd', 'vscode:x', 'proj/a:b', 'command:evil'],
      ...['proj\\..\\x', '\\\\host\\share', 'proj/a\0b', 'proj/a\nb', 'a/'.repeat(200) + 'x'],
    ]) {
      assert.throws(() => codePlace(path), { code: 'OUTSIDE_WORKSPACE' }, JSON.stringify(path));
    }
  });

  it('is looked for in the folder of its name first, then in the others', () => {
    const folders = [{ name: 'other' }, { name: 'proj' }];
    const found = candidates(['proj', 'src', 'a.ts'], folders).map(
      ({ folder, parts }) => `${folder.name}: ${parts.join('/')}`,
    );
    assert.deepEqual(found, [
      'proj: src/a.ts',
      'other: src/a.ts',
      'proj: proj/src/a.ts',
      'other: proj/src/a.ts',
    ]);
    assert.deepEqual(candidates(['proj', 'a.ts'], []), []);
  });

  it('of a file that lay in no folder has its name alone', () => {
    const found = candidates(['a.ts'], [{ name: 'proj' }]);
    assert.deepEqual(found, [{ folder: { name: 'proj' }, parts: ['a.ts'] }]);
  });
});

describe('a link in a message', () => {
  it('opens web pages and mail addresses', () => {
    assert.equal(checkedLink('https://example.org/x?y=1#z'), 'https://example.org/x?y=1#z');
    assert.equal(checkedLink('mailto:ada@example.org'), 'mailto:ada@example.org');
  });

  it('opens nothing that runs, reads or leads into the editor', () => {
    for (const href of [
      ...['', 'x', '//example.org', 'javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:1'],
      ...['data:text/html,x', 'file:///etc/passwd', 'command:evil', 'vscode://x', 'vbscript:x'],
      ...['ms-msdt:/id', 'ftp://example.org', 'blob:https://example.org/x', 'http://'],
    ]) {
      assert.throws(() => checkedLink(href), { code: 'LINK_REFUSED' }, href);
    }
  });
});
