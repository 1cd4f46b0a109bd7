import assert from 'node:assert/strict';
import { BeelineError } from '../../../src/core/errors';
import { foldName, splitExtension } from '../../../src/core/receivefs/fileName';
import { fitName, safeName } from '../../../src/core/receivefs/safeName';
import { seeded } from '../transfer/transferFixture';

/** Whatever a stranger calls a file, the name under which it is saved is one name, and harmless. */
describe('safeName', () => {
  const kept = [
    'report.pdf',
    'no extension',
    'archive.tar.gz',
    '.bashrc',
    '.gitignore',
    '.github',
    'a..b',
    '-rf',
    '~',
    '%2e%2e%2f',
    "#hash & ampersand; $(dollar) `tick` 'quote'.txt",
    'Ünïcödé.txt',
    'файл.txt',
    'ファイル名.txt',
    '文件.txt',
    '파일.txt',
    'ملف.txt',
    'קובץ.txt',
    'ไฟล์.txt',
    'फ़ाइल.txt'.normalize('NFC'),
    'Αρχείο.txt',
    'ֆայլ.txt',
    'ფაილი.txt',
    'ፋይል.txt',
    '𐍆𐌹𐌻𐌰.txt',
    '🐝.txt',
    '👩🏽‍💻 ❤️ 👨‍👩‍👧.txt',
    'می‌خواهم.txt',
    'ക്‍ഷ.txt',
    'console.log',
    'com.txt',
    'COM10.txt',
    'nullable',
    'auxiliary.h',
    'lpt',
    '葛󠄀.txt',
  ];
  for (const name of kept) {
    it(`keeps ${JSON.stringify(name)}`, () => {
      assert.deepEqual(safeName(name), { name, changed: false });
    });
  }

  const changed: [string, string][] = [
    ['/etc/passwd', 'passwd'],
    ['../../../.ssh/authorized_keys', 'authorized_keys'],
    ['..\\..\\evil.bat', 'evil.bat'],
    ['C:\\Windows\\system32\\evil.dll', 'evil.dll'],
    ['\\\\server\\share\\x.txt', 'x.txt'],
    ['folder/file.txt', 'file.txt'],
    ['a/..\\b', 'b'],
    ['C:evil.exe', 'C_evil.exe'],
    ['file.txt:hidden.exe', 'file.txt_hidden.exe'],
    ['file.txt::$DATA', 'file.txt__$DATA'],
    ['a\0b.txt', 'a_b.txt'],
    ['line\r\nbreak', 'line__break'],
    ['\x1b[31mred', '_[31mred'],
    ['a\x7fb\x85c', 'a_b_c'],
    ['a\u2028b', 'a_b'],
    ['what?*<>|".txt', 'what______.txt'],
    ['report\u202efdp.exe', 'reportfdp.exe'],
    ['\u2066a\u2069\u200e\u200f\u061c.txt', 'a.txt'],
    ['zero\u200bwidth\u200c\u200d\ufeff\u2060.txt', 'zerowidth.txt'],
    ['soft\u00adhyphen', 'softhyphen'],
    ['ta\u{e0041}g', 'tag'],
    ['filler\u3164\u115f\uffa0', 'filler'],
    ['a\ufe0f.txt', 'a.txt'],
    ['lone\ud800surrogate\udc00', 'lone_surrogate_'],
    ['trailing. . .', 'trailing'],
    ['trailing \u00a0\u3000', 'trailing'],
    ['  leading', 'leading'],
    ['evil.exe.', 'evil.exe'],
    ['CON', '_CON'],
    ['nul', '_nul'],
    ['Aux.txt', '_Aux.txt'],
    ['PRN.tar.gz', '_PRN.tar.gz'],
    ['com1', '_com1'],
    ['COM¹.txt', '_COM¹.txt'],
    ['LPT9 .txt', '_LPT9 .txt'],
    ['CONIN$', '_CONIN$'],
    ['CLOCK$', '_CLOCK$'],
    ['NUL:', 'NUL_'],
    ['NUL. ', '_NUL'],
    ['C\u200bON', '_CON'],
    ['.git', '_.git'],
    ['.GIT', '_.GIT'],
    ['.g\u200cit', '_.git'],
    ['.git. ', '_.git'],
    ['x/.git', '_.git'],
    ['GIT~1', '_GIT~1'],
    ['.beeline-0123456789abcdef.part', '_.beeline-0123456789abcdef.part'],
    ['.Beeline-x', '_.Beeline-x'],
  ];
  for (const [name, expected] of changed) {
    it(`makes ${JSON.stringify(name)} safe`, () => {
      assert.deepEqual(safeName(name), { name: expected, changed: true });
    });
  }

  const refused = [
    '',
    '.',
    '..',
    '...',
    '. .',
    ' ',
    '/',
    '\\',
    'folder/',
    'a\\',
    '../..',
    '\u200b',
    '\u202e.',
  ];
  for (const name of refused) {
    it(`refuses ${JSON.stringify(name)}`, () => {
      assert.throws(
        () => safeName(name),
        (error) => error instanceof BeelineError && error.code === 'NAME_REFUSED',
      );
    });
  }

  it('composes what another system decomposed, which nobody sees', () => {
    assert.deepEqual(safeName('e\u0301.txt'), { name: 'é.txt', changed: false });
  });

  it('shortens to 239 bytes between characters, and keeps the extension', () => {
    for (const unit of ['x', 'é', '界', '🐝', '👨‍👩‍👧', 'ก็', 'e\u0301\u0302']) {
      const { name, changed: isChanged } = safeName(`${unit.repeat(300)}.tar.gz`);
      const bytes = Buffer.byteLength(name);
      const whole = unit.normalize('NFC');
      assert(isChanged && bytes <= 239 && bytes > 239 - Buffer.byteLength(whole), name);
      assert.equal(name, `${whole.repeat((bytes - 7) / Buffer.byteLength(whole))}.tar.gz`);
    }
  });

  it('shortens one character that is longer than any name', () => {
    const { name } = safeName(`a${'\u0316'.repeat(500)}.txt`);
    assert(Buffer.byteLength(name) <= 239 && name.startsWith('a\u0316') && name.endsWith('.txt'));
  });

  it('looks at what is left when the end is cut off', () => {
    const far = `${' '.repeat(300)}x`;
    assert.equal(safeName(`CON${far}`).name, '_CON');
    assert.equal(safeName(`.git${far}`).name, '_.git');
    assert.throws(() => safeName(`${'.'.repeat(300)}x`), { code: 'NAME_REFUSED' });
  });

  it('takes a very long "extension" for a part of the name', () => {
    const { name } = safeName(`a.${'b'.repeat(400)}`);
    assert.equal(name, `a.${'b'.repeat(237)}`);
  });

  it('is harmless and settled for random names', () => {
    const alphabet = Array.from(
      'aA.. //\\\\::\0\n\u202e\u200b\u200c\u200d\u200d\ufe0f\u0301é界🐝👩💻CONnul1$~git_beline-\ud800\udc00*?\u3000می',
    );
    for (let seed = 1; seed <= 20_000; seed++) {
      const random = seeded(seed);
      const length = Math.floor(random() ** 2 * (seed % 100 === 0 ? 400 : 12));
      let offered = '';
      for (let i = 0; i < length; i++) {
        offered += alphabet[Math.floor(random() * alphabet.length)] ?? '';
      }
      let name: string;
      try {
        name = safeName(offered).name;
      } catch (error) {
        assert(error instanceof BeelineError && error.code === 'NAME_REFUSED');
        continue;
      }
      const why = `seed ${seed}: ${JSON.stringify(offered)} became ${JSON.stringify(name)}`;
      assert(name !== '' && name !== '.' && name !== '..', why);
      assert(!/[/\\:*?"<>|\p{Cc}\p{Cs}\u202e\u200b]/u.test(name), why);
      assert(!/[. ]$/.test(name) && Buffer.byteLength(name) <= 239, why);
      assert(!/^(con|nul)\s*(\.|$)|^\.git$|^\.beeline-/i.test(name), why);
      assert.equal(name.normalize('NFC'), name, why);
      assert.deepEqual(safeName(name), { name, changed: false }, why);
    }
  });
});

describe('file names', () => {
  it('split into stem and extension, and join again', () => {
    for (const [name, extension] of [
      ['a.txt', '.txt'],
      ['a.tar.gz', '.tar.gz'],
      ['a.b.c', '.c'],
      ['.bashrc', ''],
      ['.tar.gz', '.gz'],
      ['a', ''],
      ['a.', ''],
      ['Mr. Smith', ''],
      ['a.b c', ''],
    ] as const) {
      const split = splitExtension(name);
      assert.equal(split.extension, extension, name);
      assert.equal(split.stem + split.extension, name);
    }
  });

  it('fold alike when some system takes them for one', () => {
    assert.equal(foldName('README'), foldName('readme'));
    assert.equal(foldName('É'), foldName('e\u0301'));
    assert.equal(foldName('ΣΑΣ'), foldName('σας'));
    assert.notEqual(foldName('a'), foldName('b'));
  });

  it('fit by cutting the stem only', () => {
    assert.equal(fitName('abcdef.txt', 7), 'abc.txt');
    assert.equal(fitName('abc.txt', 7), 'abc.txt');
  });
});
