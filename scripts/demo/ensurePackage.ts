import fs from 'node:fs/promises';
import path from 'node:path';
import { exists } from '../../test/support/workbench/installOnce';
import { projectRoot } from '../../test/support/workbench/projectRoot';
import { runTool } from '../../test/support/workbench/runTool';

/** The path of the `.vsix` for this platform, packed again when what goes into it is newer. */
export async function ensurePackage(log: (line: string) => void): Promise<string> {
  const { name, version } = JSON.parse(
    await fs.readFile(path.join(projectRoot, 'package.json'), 'utf8'),
  ) as { name: string; version: string };
  const vsix = path.join(
    projectRoot,
    `${name}-${version}-${process.platform}-${process.arch}.vsix`,
  );
  const cli = path.join(projectRoot, 'dist/cli.js');
  if ((await exists(cli)) && (await modified(vsix)) > (await newestSource())) return vsix;
  log('Packing the extension');
  await runTool('npm', ['run', '--silent', 'package'], { cwd: projectRoot });
  return vsix;
}

async function newestSource(): Promise<number> {
  const folders = ['src', 'webview', 'media'];
  const files = ['package.json', 'package-lock.json', 'esbuild.mjs', 'README.md', '.vscodeignore'];
  for (const folder of folders) {
    const names = await fs
      .readdir(path.join(projectRoot, folder), { recursive: true })
      .catch(() => []);
    files.push(...names.map((name) => path.join(folder, name)));
  }
  const times = await Promise.all(files.map((file) => modified(path.join(projectRoot, file))));
  return Math.max(...times);
}

/** Milliseconds; 0 for what does not exist. */
async function modified(file: string): Promise<number> {
  return fs.stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
