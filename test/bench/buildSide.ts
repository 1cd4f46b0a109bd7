import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import esbuild from 'esbuild';
import { bundleProgram } from '../support/builtProgram';
import type { CleanUp } from './cleanUp';
import { PAGES } from './pages';

const projectRoot = path.resolve(__dirname, '../..');

/**
 * Makes the sides' program as the products are made, so that what is measured runs as shipped and
 * no compiler sits in its memory. It lies within the project, where its dependencies are found.
 */
export async function buildSide(cleanUp: CleanUp): Promise<string> {
  const parent = path.join(projectRoot, 'bench-out');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(path.join(parent, 'side-'));
  cleanUp.add(() => rm(folder, { recursive: true, force: true }));
  const outfile = path.join(folder, 'side.cjs');
  await bundleProgram(path.join(projectRoot, 'test/bench/side.ts'), outfile);
  await buildCallPage(path.join(folder, PAGES));
  return outfile;
}

/** As the products have it. */
async function buildCallPage(outdir: string): Promise<void> {
  await esbuild.build({
    absWorkingDir: projectRoot,
    entryPoints: { call: 'webview/call/main.tsx' },
    outdir,
    bundle: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
    logLevel: 'warning',
  });
}
