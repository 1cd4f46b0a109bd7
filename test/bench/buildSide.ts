import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import esbuild from 'esbuild';
import type { CleanUp } from './cleanUp';

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
  await esbuild.build({
    entryPoints: [path.join(projectRoot, 'test/bench/side.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    packages: 'external',
    logLevel: 'warning',
  });
  return outfile;
}
