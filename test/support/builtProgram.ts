import { rmSync } from 'node:fs';
import path from 'node:path';
import esbuild from 'esbuild';

/** Within the project, so that packages are found from there, and not in `dist`, which is shipped. */
const FOLDER = path.resolve(__dirname, '../../out/programs');

const built = new Map<string, Promise<string>>();

/**
 * The path of a TypeScript program as one file of JavaScript. It starts in a quarter of the time that
 * it takes to load its modules one by one, which counts where tests start hundreds of processes.
 */
export function builtProgram(source: string): Promise<string> {
  const known = built.get(source);
  if (known !== undefined) return known;
  const building = build(source);
  built.set(source, building);
  return building;
}

async function build(source: string): Promise<string> {
  // Named by this process, since several suites may build the same at a time.
  const outfile = path.join(FOLDER, `${path.parse(source).name}-${String(process.pid)}.js`);
  process.once('exit', () => {
    rmSync(outfile, { force: true });
  });
  await bundleProgram(source, outfile);
  return outfile;
}

/** As the products are made, within the project, where its packages are found. */
export async function bundleProgram(source: string, outfile: string): Promise<void> {
  await esbuild.build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    packages: 'external',
    logLevel: 'warning',
  });
}
