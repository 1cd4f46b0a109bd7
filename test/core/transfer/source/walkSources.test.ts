import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BeelineError, toBeelineError } from '../../../../src/core/errors';
import { measureSources } from '../../../../src/core/transfer/source/measureSources';
import { packManifest, unpackManifest } from '../../../../src/core/transfer/source/packManifest';
import { walkSources } from '../../../../src/core/transfer/source/walkSources';
import { failsWith, seeded } from '../transferFixture';
import { byPath, expected, makeTree, withFolder } from './sourceFixture';

/** What is offered is what lies there: nothing is missing, nothing is followed, nothing is made up. */
describe('walking what is to be sent', () => {
  for (let seed = 1; seed <= 12; seed++) {
    it(`lists a random tree as it is (seed ${seed})`, () =>
      withFolder(async (folder) => {
        const root = path.join(folder, 'project');
        await mkdir(root);
        await makeTree(root, seeded(seed), 120);
        const { manifest, summary, roots } = await walkSources({ paths: [root] });
        const entries = (await expected(root, 'project')).sort(byPath);
        assert.deepEqual(manifest.entries, entries);
        assert.deepEqual(roots, [{ name: 'project', path: root }]);
        const count = (kind: string): number =>
          entries.filter((entry) => entry.kind === kind).length;
        assert.deepEqual(summary, {
          kind: 'folder',
          name: 'project',
          roots: 1,
          files: count('file'),
          folders: count('folder'),
          links: count('link'),
          bytes: entries.reduce((sum, { size }) => sum + size, 0),
          ignored: 0,
        });
        assert.deepEqual(await measureSources({ paths: [root] }), summary);
        assert.deepEqual(await unpackManifest(await packManifest(manifest)), manifest);
      }));
  }

  it('takes files and folders side by side, each under its own name', () =>
    withFolder(async (folder) => {
      await makeFiles(folder, ['z', 'a/x', 'b/deep/y']);
      const { manifest, summary, roots } = await walkSources({
        paths: ['z', 'b', 'a'].map((name) => path.join(folder, name)),
      });
      assert.deepEqual(
        manifest.entries.map((entry) => entry.path),
        ['a', 'a/x', 'b', 'b/deep', 'b/deep/y', 'z'],
      );
      assert.equal(summary.kind, 'several');
      assert.equal(summary.name, 'z');
      assert.equal(summary.roots, 3);
      assert.deepEqual(
        roots.map(({ name }) => name),
        ['z', 'b', 'a'],
      );
    }));

  it('takes the same thing once, and what lies in another that is sent, too', () =>
    withFolder(async (folder) => {
      await makeFiles(folder, ['p/a/x', 'p/b', 'pp']);
      const { manifest, summary } = await walkSources({
        paths: ['p/a/x', 'p', 'p/', 'p/a', 'p/../p/.', 'pp'].map((name) => `${folder}/${name}`),
      });
      assert.deepEqual(
        manifest.entries.map((entry) => entry.path),
        ['p', 'p/a', 'p/a/x', 'p/b', 'pp'],
      );
      assert.equal(summary.roots, 2);
    }));

  it('refuses two of the same name, and what has no name', () =>
    withFolder(async (folder) => {
      await makeFiles(folder, ['a/x', 'b/x']);
      const paths = ['a/x', 'b/x'].map((name) => path.join(folder, name));
      await failsWith('NAME_REFUSED', walkSources({ paths }));
      await failsWith('NAME_REFUSED', walkSources({ paths: ['/'] }));
    }));

  it('names a folder however it is written, and follows a link that was named itself', () =>
    withFolder(async (folder) => {
      await makeFiles(folder, ['release-42/bin', 'file']);
      await symlink('release-42', path.join(folder, 'current'));
      await symlink('file', path.join(folder, 'shortcut'));
      for (const [written, name, where] of [
        ['release-42/', 'release-42', 'release-42'],
        ['release-42/.', 'release-42', 'release-42'],
        ['current', 'current', 'release-42'],
        ['current/', 'current', 'release-42'],
        ['shortcut', 'shortcut', 'file'],
      ] as const) {
        const { roots } = await walkSources({ paths: [`${folder}/${written}`] });
        assert.deepEqual(roots, [{ name, path: path.join(folder, where) }], written);
      }
    }));

  it('follows nothing inside, also when a folder contains itself through a link', () =>
    withFolder(async (folder) => {
      await makeFiles(folder, ['p/a/x']);
      await symlink('..', path.join(folder, 'p/a/self'));
      const { manifest } = await walkSources({ paths: [path.join(folder, 'p')] });
      assert.deepEqual(
        manifest.entries.map(({ kind, path: each }) => [kind, each]),
        [
          ['folder', 'p'],
          ['folder', 'p/a'],
          ['link', 'p/a/self'],
          ['file', 'p/a/x'],
        ],
      );
    }));

  it('refuses links that lead out, with which and to where', () =>
    withFolder(async (folder) => {
      await makeFiles(folder, ['p/a/x', 'secret']);
      await symlink('../..', path.join(folder, 'p/a/up'));
      const error = await failsWith('LINK_REFUSED', walkSources({ paths: [`${folder}/p`] }));
      assert.match(error.message, /p\/a\/up is a link to \.\.\/\.\., outside/);
    }));

  it('refuses pipes and sockets by name, and does not wait for them', () =>
    withFolder(async (folder) => {
      await makeFiles(folder, ['p/x']);
      execFileSync('mkfifo', [path.join(folder, 'p/pipe')]);
      for (const each of ['p', 'p/pipe']) {
        const error = await failsWith('NOT_A_FILE', walkSources({ paths: [`${folder}/${each}`] }));
        assert.match(error.message, /p\/pipe is neither/);
      }
      await failsWith('NOT_A_FILE', walkSources({ paths: ['/dev/null'] }));
    }));

  it('refuses names that no text holds', () =>
    withFolder(async (folder) => {
      await mkdir(path.join(folder, 'p'));
      const raw = Buffer.concat([Buffer.from(`${folder}/p/`), Buffer.from([0x61, 0xff, 0xfe])]);
      await writeFile(raw, '');
      await failsWith('NAME_REFUSED', walkSources({ paths: [`${folder}/p`] }));
      await rm(raw);
      await symlink(Buffer.from([0x61, 0xff]), `${folder}/p/link`);
      await failsWith('NAME_REFUSED', walkSources({ paths: [`${folder}/p`] }));
      await rm(`${folder}/p/link`);
      await writeFile(`${folder}/p/back\\slash`, '');
      await failsWith('NAME_REFUSED', walkSources({ paths: [`${folder}/p`] }));
    }));

  it('refuses paths longer than a system takes, which can be made all the same', () =>
    withFolder(async (folder) => {
      await mkdir(path.join(folder, 'p'));
      const script = 'for i in $(seq 25); do mkdir $0 && cd $0 || exit 1; done';
      execFileSync('bash', ['-c', script, 'd'.repeat(200)], { cwd: path.join(folder, 'p') });
      await failsWith('NAME_REFUSED', walkSources({ paths: [`${folder}/p`] }));
      execFileSync('rm', ['-rf', path.join(folder, 'p')]);
    }));

  it('says what is not there', () =>
    withFolder(async (folder) => {
      await symlink('nowhere', path.join(folder, 'dangling'));
      for (const each of ['nothing', 'dangling']) {
        await failsWith('PATH_NOT_FOUND', walkSources({ paths: [path.join(folder, each)] }));
      }
    }));

  it('leaves out what is only arriving', () =>
    withFolder(async (folder) => {
      await makeFiles(folder, [
        'p/x',
        'p/.beeline-0123456789abcdef.part',
        'p/a/.beeline-fedcba9876543210.part/half',
        'p/.beeline-0123456789abcdef.parts',
      ]);
      const { manifest } = await walkSources({ paths: [path.join(folder, 'p')] });
      assert.deepEqual(
        manifest.entries.map((entry) => entry.path),
        ['p', 'p/.beeline-0123456789abcdef.parts', 'p/a', 'p/x'],
      );
    }));

  it('is never half of a folder that goes away meanwhile, as a disk that is taken out does', () =>
    withFolder(async (folder) => {
      const root = path.join(folder, 'p');
      await makeFiles(
        folder,
        Array.from({ length: 400 }, (_, number) => `p/${number}/x`),
      );
      let gone = 0;
      for (let ms = 0; ms < 40; ms += 1) {
        const walking = walkSources({ paths: [root] }).then(
          ({ manifest }) => manifest.entries.length,
          (thrown: unknown) => toBeelineError(thrown).code,
        );
        await delay(ms);
        await rename(root, `${root}-away`);
        const found = await walking;
        await rename(`${root}-away`, root);
        if (found === 'PATH_NOT_FOUND') gone++;
        else assert.equal(found, 801, `after ${ms} ms`);
      }
      assert.ok(gone > 0);
    }));

  it('can be let go in the middle', () =>
    withFolder(async (folder) => {
      await makeFiles(folder, ['p/x']);
      const signal = AbortSignal.abort();
      await failsWith('CANCELLED', walkSources({ paths: [`${folder}/p`] }, { signal }));
    }));

  it('makes a good list while everything changes under it', async function () {
    this.timeout(60_000);
    await withFolder(async (folder) => {
      const root = path.join(folder, 'p');
      await mkdir(root);
      await makeTree(root, seeded(99), 150);
      const outside = path.join(folder, 'outside');
      await makeFiles(folder, ['outside/secret']);
      const end = new AbortController();
      const churning = churn(root, outside, end.signal);
      const seen = { lists: 0, links: 0 };
      try {
        while (seen.lists < 30 || seen.links < 5) {
          const walked = await walkSources({ paths: [root] }).catch(toBeelineError);
          if (walked instanceof BeelineError) {
            // The link to elsewhere was seen, as a link.
            assert.equal(walked.code, 'LINK_REFUSED', walked.message);
            seen.links++;
          } else {
            const paths = walked.manifest.entries.map((entry) => entry.path);
            assert.equal(
              paths.find((each) => each.includes('secret')),
              undefined,
            );
            seen.lists++;
          }
        }
      } finally {
        end.abort();
        assert((await churning) > 50, 'hardly anything changed');
      }
    });
  });

  it('says what may not be read, to somebody who is not root', function () {
    if (process.getuid?.() !== 0) {
      this.test?.title && (this.test.title += ' (skipped: only root can run a child as nobody)');
      this.skip();
    }
    return withFolder(async (folder) => {
      await chmod(folder, 0o755);
      await makeFiles(folder, ['file/locked', 'folder/in/x', 'blind/in/x', 'fine/x']);
      await chmod(path.join(folder, 'file/locked'), 0o600);
      await chmod(path.join(folder, 'folder/in'), 0o700);
      await chmod(path.join(folder, 'blind/in'), 0o744);
      const script = path.join(import.meta.dirname, 'walkAsNobody.ts');
      const paths = ['file', 'folder', 'blind', 'fine'].map((name) => path.join(folder, name));
      const { stdout } = await promisify(execFile)(process.execPath, [
        '--import=tsx',
        script,
        ...paths,
      ]);
      assert.equal(stdout, 'PATH_UNREADABLE PATH_UNREADABLE PATH_UNREADABLE done');
    });
  });
});

/** Renames, removes, makes, and puts links to elsewhere in the place of folders. */
async function churn(root: string, outside: string, signal: AbortSignal): Promise<number> {
  let changes = 0;
  for (; !signal.aborted; changes++) {
    const victims = await readdir(root, { withFileTypes: true });
    const victim = victims[changes % victims.length];
    if (victim?.isDirectory() !== true) continue;
    const where = path.join(root, victim.name);
    const aside = path.join(path.dirname(root), 'aside');
    await rename(where, aside);
    await symlink(outside, where);
    await new Promise(setImmediate);
    await rm(where);
    await rename(aside, where);
    await writeFile(path.join(where, 'new'), '');
    await rm(path.join(where, 'new'));
    await new Promise(setImmediate);
  }
  return changes;
}

async function makeFiles(folder: string, files: readonly string[]): Promise<void> {
  for (const each of files) {
    await mkdir(path.dirname(path.join(folder, each)), { recursive: true });
    await writeFile(path.join(folder, each), each);
  }
}
