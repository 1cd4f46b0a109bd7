// Bundles the tests that run inside the extension host: CommonJS in `out/host`, one file a test.
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import esbuild from 'esbuild';

const source = 'test/host';
const suite = (await readdir(path.join(source, 'suite'), { recursive: true }))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => path.join(source, 'suite', name));

await rm('out/host', { recursive: true, force: true });
await esbuild.build({
  entryPoints: [path.join(source, 'index.ts'), ...suite],
  outdir: 'out/host',
  outbase: source,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: 'linked',
  logLevel: 'warning',
  // The editor gives `vscode`; everything installed is found from here at run time.
  external: ['vscode'],
  packages: 'external',
});
