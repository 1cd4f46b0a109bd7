import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LeftOut } from '../../../../src/core/transfer/source/leftOut';
import { walkSources } from '../../../../src/core/transfer/source/walkSources';
import { seeded } from '../transferFixture';
import { withFolder } from './sourceFixture';

/** What git would not take is not sent, or a secret goes out; what it would take is not forgotten. */
describe('leaving out what is ignored', () => {
  for (let seed = 1; seed <= 40; seed++) {
    it(`agrees with git about a random tree (seed ${seed})`, () =>
      withFolder(async (folder) => {
        const script = await makeRepository(folder, seeded(seed));
        for (const inside of ['', 'a', 'b/a']) {
          const root = path.join(folder, inside);
          const { manifest } = await walkSources({ paths: [root], leaveOutIgnored: true });
          const sent = manifest.entries
            .filter(({ kind }) => kind !== 'folder')
            .map((entry) => entry.path.split('/').slice(1).join('/'));
          const wanted = git(root, 'ls-files', '-z', '--others', '--exclude-standard', '.');
          // Git does not look into a folder that is ignored; a person who names it wants it.
          if (inside !== '' && isIgnored(folder, inside)) continue;
          assert.deepEqual(sent.sort(), wanted.sort(), `in ${inside}: ${script}`);
        }
      }));
  }

  it('counts the top-most ones, and git itself', () =>
    withFolder(async (folder) => {
      await mkdir(path.join(folder, 'node_modules/a/b'), { recursive: true });
      await writeFile(path.join(folder, 'node_modules/a/b/c'), '');
      await writeFile(path.join(folder, 'x.log'), '');
      await writeFile(path.join(folder, '.gitignore'), 'node_modules/\n*.log\n');
      git(folder, 'init', '-q');
      const { summary } = await walkSources({ paths: [folder], leaveOutIgnored: true });
      assert.equal(summary.ignored, 3);
      assert.equal(summary.files, 1);
      const all = await walkSources({ paths: [folder] });
      assert.equal(all.summary.ignored, 0);
      assert(all.summary.files > 3);
    }));

  it('sends what was named, though it is ignored, and what is in it', () =>
    withFolder(async (folder) => {
      git(folder, 'init', '-q');
      await writeFile(path.join(folder, '.gitignore'), 'dist\n*.log\n');
      await mkdir(path.join(folder, 'dist/inner'), { recursive: true });
      for (const name of ['dist/x', 'dist/inner/y', 'dist/z.log', 'kept', 'k.log']) {
        await writeFile(path.join(folder, name), '');
      }
      const walk = async (...names: string[]): Promise<string[]> => {
        const paths = names.map((name) => path.join(folder, name));
        const { manifest } = await walkSources({ paths, leaveOutIgnored: true });
        return manifest.entries
          .map((entry) => entry.path.replace(path.basename(folder), 'top'))
          .sort();
      };
      assert.deepEqual(await walk('dist'), ['dist', 'dist/inner', 'dist/inner/y', 'dist/x']);
      assert.deepEqual(await walk('dist/inner'), ['inner', 'inner/y']);
      assert.deepEqual(await walk('k.log', 'kept'), ['k.log', 'kept']);
      assert.deepEqual(await walk('', 'dist/inner', 'k.log', 'kept'), [
        'inner',
        'inner/y',
        'k.log',
        'top',
        'top/.gitignore',
        'top/kept',
      ]);
    }));

  it('goes by its own rules only in a repository inside of another', () =>
    withFolder(async (folder) => {
      await mkdir(path.join(folder, 'inner'));
      git(folder, 'init', '-q');
      git(path.join(folder, 'inner'), 'init', '-q');
      await writeFile(path.join(folder, '.gitignore'), '*.log\n');
      await writeFile(path.join(folder, 'inner/.gitignore'), '*.tmp\n');
      for (const name of ['x.log', 'x.tmp', 'inner/x.log', 'inner/x.tmp']) {
        await writeFile(path.join(folder, name), '');
      }
      const { manifest } = await walkSources({ paths: [folder], leaveOutIgnored: true });
      const sent = manifest.entries.map((entry) => entry.path.split('/').slice(1).join('/'));
      assert.deepEqual(sent, [
        '',
        '.gitignore',
        'inner',
        'inner/.gitignore',
        'inner/x.log',
        'x.tmp',
      ]);
    }));

  it('finds the exclude file of another working tree', () =>
    withFolder(async (folder) => {
      const main = path.join(folder, 'main');
      await mkdir(main);
      git(main, 'init', '-q');
      git(
        main,
        '-c',
        'user.name=a',
        '-c',
        'user.email=a@b',
        'commit',
        '-q',
        '--allow-empty',
        '-mx',
      );
      await writeFile(path.join(main, '.git/info/exclude'), '*.private\n');
      const other = path.join(folder, 'other');
      git(main, 'worktree', 'add', '-q', other);
      await writeFile(path.join(other, 'x.private'), '');
      await writeFile(path.join(other, 'y'), '');
      const { manifest } = await walkSources({ paths: [other], leaveOutIgnored: true });
      assert.deepEqual(
        manifest.entries.map((entry) => entry.path),
        ['other', 'other/y'],
      );
    }));

  it('follows no link to rules, as git does not', () =>
    withFolder(async (folder) => {
      await writeFile(path.join(folder, 'rules'), '*\n');
      await symlink('rules', path.join(folder, '.gitignore'));
      const { summary } = await walkSources({ paths: [folder], leaveOutIgnored: true });
      assert.equal(summary.ignored, 0);
    }));

  it('takes no time from rules made to take it', () =>
    withFolder(async (folder) => {
      await writeFile(
        path.join(folder, '.gitignore'),
        `${'*a'.repeat(40)}b\n**/${'a*/'.repeat(9)}x`,
      );
      for (let index = 0; index < 30; index++) {
        await writeFile(path.join(folder, `${'a'.repeat(240)}${index}`), '');
      }
      const began = performance.now();
      await walkSources({ paths: [folder], leaveOutIgnored: true });
      assert(performance.now() - began < 30_000);
    }));

  it('is the same for who watches', () =>
    withFolder(async (folder) => {
      for (let seed = 50; seed < 60; seed++) {
        const root = path.join(folder, String(seed));
        await mkdir(root);
        await makeRepository(root, seeded(seed));
        const { manifest } = await walkSources({ paths: [root], leaveOutIgnored: true });
        const everything = await walkSources({ paths: [root] });
        const sent = new Set(manifest.entries.map((entry) => entry.path));
        const leftOut = new LeftOut(root, { leaveOutIgnored: true });
        for (const entry of everything.manifest.entries) {
          const where = path.join(folder, entry.path);
          const isOut = leftOut.has(where, entry.kind === 'folder');
          assert.equal(isOut, !sent.has(entry.path), `${seed}: ${entry.path}`);
          if (leftOut.has(where, undefined)) assert(isOut);
        }
      }
    }));
});

const pieces = ['a', 'b', 'c.txt', 'd.log', 'build', 'ü x'];

/** Files of few names at every depth, and rules of every form about them. */
async function makeRepository(folder: string, random: () => number): Promise<string> {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const folders = ['', 'a', 'b', 'b/a', 'a/b', 'a/build', 'build', 'b/a/build', 'ü x'];
  const script: string[] = [];
  for (const each of folders) {
    await mkdir(path.join(folder, each), { recursive: true });
    for (const name of ['c.txt', 'd.log', 'e', 'f f', '#g', '!h']) {
      if (random() < 0.7) await writeFile(path.join(folder, each, name), '');
    }
    if (random() < 0.2) await symlink('.', path.join(folder, each, 'build.link'));
  }
  const rule = (): string => {
    const body = Array.from({ length: 1 + Math.floor(random() * 2.4) }, () =>
      pick([...pieces, ...pieces, '*', '**', '*.log', '?', '[a-c]*', 'e', 'f\\ f', '[!a]', 'b*']),
    ).join('/');
    return `${random() < 0.25 ? '!' : ''}${random() < 0.3 ? '/' : ''}${body}${random() < 0.3 ? '/' : ''}`;
  };
  git(folder, 'init', '-q');
  await mkdir(path.join(folder, '.git/info'), { recursive: true });
  for (const file of [
    '.git/info/exclude',
    ...folders.map((each) => path.join(each, '.gitignore')),
  ]) {
    if (random() < 0.4) continue;
    const lines = Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
      pick([rule, rule, rule, rule, () => '# nothing', () => '', () => '\\#g', () => 'e  '])(),
    );
    script.push(`${file}: ${JSON.stringify(lines)}`);
    await writeFile(path.join(folder, file), lines.join(pick(['\n', '\r\n'])) + pick(['', '\n']));
  }
  return script.join('; ');
}

function isIgnored(folder: string, inside: string): boolean {
  try {
    git(folder, 'check-ignore', '-q', '--', inside);
    return true;
  } catch {
    return false;
  }
}

/** Lists that end in NUL, taken apart. Nobody's own configuration has a say. */
function git(folder: string, ...args: string[]): string[] {
  const told = execFileSync('git', ['-c', 'core.excludesFile=', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  });
  return told.split('\0').filter((each) => each !== '');
}
