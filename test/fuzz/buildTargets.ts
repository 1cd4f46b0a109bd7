import fs from 'node:fs/promises';
import path from 'node:path';
import esbuild from 'esbuild';
import { createInstrumenter } from 'istanbul-lib-instrument';
import type { TargetName } from './target';

/** Not in `dist`, which is shipped, and within the project, so that packages are found from there. */
const OUT = path.resolve('out/fuzz');

/** Bundles of targets, with counters in all that is ours but the tests. */
export interface BuiltTargets {
  readonly loop: string;
  bundleOf(name: TargetName): string;
}

export async function buildTargets(names: readonly TargetName[]): Promise<BuiltTargets> {
  await fs.rm(path.join(OUT, 'bundles'), { recursive: true, force: true });
  const shared = {
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    outdir: path.join(OUT, 'bundles'),
    logLevel: 'warning',
    sourcemap: 'inline',
    packages: 'external',
  } as const;
  await esbuild.build({ ...shared, entryPoints: ['test/fuzz/loop/fuzzLoop.ts'] });
  await esbuild.build({
    ...shared,
    entryPoints: names.map((name) => `test/fuzz/targets/${name}.ts`),
    plugins: [counting()],
  });
  return {
    loop: path.join(OUT, 'bundles', 'fuzzLoop.js'),
    bundleOf: (name) => path.join(OUT, 'bundles', `${name}.js`),
  };
}

/** Istanbul's counters for statements and branches in each of our files. */
function counting(): esbuild.Plugin {
  return {
    name: 'counting',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
        if (!file.startsWith(path.resolve('src') + path.sep)) return undefined;
        const source = await fs.readFile(file, 'utf8');
        const { code, map } = await esbuild.transform(source, {
          loader: 'ts',
          target: 'node20',
          sourcefile: file,
          sourcemap: true,
        });
        const instrumenter = createInstrumenter({ esModules: true, compact: false });
        return {
          contents: instrumenter.instrumentSync(code, file, JSON.parse(map) as never),
          loader: 'js',
        };
      });
    },
  };
}
