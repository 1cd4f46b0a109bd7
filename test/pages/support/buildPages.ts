import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import esbuild from 'esbuild';
import { projectRoot } from '../../support/workbench/projectRoot';

export interface BuiltPages {
  /** Absolute; has `NAME.js`, `NAME.css` and the icons' font. */
  readonly folder: string;
}

/** The pages as esbuild.mjs makes them, in a folder of the suite's own. */
export function withPages(entries: Readonly<Record<string, string>>): BuiltPages {
  let folder = '';
  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-pages-'));
    await esbuild.build({
      absWorkingDir: projectRoot,
      entryPoints: { ...entries },
      outdir: folder,
      bundle: true,
      platform: 'browser',
      target: 'es2022',
      format: 'iife',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      loader: { '.ttf': 'file' },
      assetNames: '[name]',
      logLevel: 'error',
    });
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  return {
    get folder() {
      return folder;
    },
  };
}
