import path from 'node:path';
import { splitExtension } from '../../../src/core/receivefs/fileName';
import { fitName, safeName } from '../../../src/core/receivefs/safeName';
import { demand, readOr } from '../properties';
import type { FuzzTarget } from '../target';

/** UTF-8 has no halves of a surrogate pair, and JSON has; these stand for them. */
const [HIGH, LOW] = ['\ue000', '\ue001'];

/** What comes out is one name, harmless on every system, and stays itself. */
export const target: FuzzTarget = {
  covers: [
    'src/core/receivefs/safeName.ts',
    'src/core/receivefs/fileName.ts',
    'src/core/receivefs/hostileCharacters.ts',
  ],
  kind: 'text',
  dictionary: [
    HIGH,
    LOW,
    '../',
    '..\\',
    '.git',
    'GIT~1',
    'CON',
    'conin$',
    'CLOCK$',
    'com¹',
    '.tar.gz',
    '.beeline-',
    ' ',
    '.',
  ],
  seeds: () =>
    [
      'report.pdf',
      'archive.tar.gz',
      '../../etc/passwd',
      'C:\\Windows\\system32\\cmd.exe',
      '.bashrc',
      'CON.txt',
      '.git',
      'exe\u202egpj.scr',
      `${'ü'.repeat(300)}.txt`,
      '👩\u200d👩\u200d👧.png',
      'e\u0301.txt',
      `a${HIGH}b`,
      'نامه\u200cای.txt',
      '葛\u{e0100}.txt',
    ].map((name) => Buffer.from(name)),
  fuzz(input) {
    const offered = input.toString('utf8').replaceAll(HIGH, '\ud83d').replaceAll(LOW, '\udc00');
    checkParts(offered);
    const safe = readOr(['NAME_REFUSED'], () => safeName(offered))?.value;
    if (safe === undefined) return false;
    const { name, changed } = safe;
    demandOneName(name);
    demand(changed === (name !== offered.normalize('NFC')), 'a change that is not told');
    const again = safeName(name);
    demand(again.name === name && !again.changed, 'a safe name that is not safe');
    return true;
  },
};

function demandOneName(name: string): void {
  demand(name !== '' && name !== '.' && name !== '..', 'no name');
  demand(path.posix.basename(name) === name, 'more than a name');
  demand(path.win32.basename(name) === name, 'more than a name on Windows');
  demand(Buffer.byteLength(name) <= 255 - 16, 'a name that no copy number fits behind');
  demand(Buffer.from(name).toString() === name, 'a name that is not Unicode');
  demand(name.normalize('NFC') === name, 'a name in two forms');
  demand(!/[\p{Cc}<>:"/\\|?*\u202a-\u202e\u2066-\u2069]/u.test(name), 'a hostile character');
  demand(!/^\s|[\s.]$/u.test(name), 'a border that some system drops');
  demand(
    !/^(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9¹²³])(\.|$)/iu.test(name),
    'a device',
  );
  demand(!/^(\.git|git~\d+|\.beeline-.*)$/iu.test(name), 'a name with power');
}

function checkParts(name: string): void {
  const { stem, extension } = splitExtension(name);
  demand(stem + extension === name, 'parts that do not join');
  demand(Buffer.byteLength(extension) <= 32, 'an extension that is a sentence');
  demand(Buffer.byteLength(fitName(name, 40)) <= 40, 'a name that does not fit');
}
