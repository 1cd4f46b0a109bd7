// Packs the extension for one platform: `npm run package [-- --target PLATFORM-ARCH]`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { createVSIX } from '@vscode/vsce';

const flags = process.argv.slice(2);
const target = flags.includes('--target')
  ? flags[flags.indexOf('--target') + 1]
  : `${process.platform}-${process.arch}`;
const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const packagePath = `${name}-${version}-${target}.vsix`;

execFileSync(process.execPath, ['esbuild.mjs', '--minify', '--target', target], {
  stdio: 'inherit',
});
// The editor shows the README without its neighbours, where pictures and links to them would be
// broken: pictures are left out, and of links the words stay.
const readmePath = 'out/package/README.md';
const readme = readFileSync('README.md', 'utf8')
  .replace(/^!\[[^\]]*\]\((?!https:)[^)]*\)\n+/gm, '')
  .replace(/\[([^\]]*)\]\((?!https:|#)[^)]*\)/g, '$1');
mkdirSync('out/package', { recursive: true });
writeFileSync(readmePath, readme);
// Dependencies are in the bundle, native parts beside it; nothing of node_modules goes along.
await createVSIX({
  target,
  packagePath,
  readmePath,
  dependencies: false,
  skipLicense: true,
  allowMissingRepository: true,
});
const kib = Math.round(statSync(packagePath).size / 1024);
console.log(`${packagePath}: ${String(kib)} KiB`);
// What was built small for the package is built again for work in this folder.
execFileSync('npm', ['run', '--silent', 'build'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
