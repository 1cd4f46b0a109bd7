// The list of products. `node esbuild.mjs [--watch] [--minify] [--target PLATFORM-ARCH]`
import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import esbuild from 'esbuild';

const flags = process.argv.slice(2);
const target = flags.includes('--target')
  ? flags[flags.indexOf('--target') + 1]
  : `${process.platform}-${process.arch}`;

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
  legalComments: 'none',
  minify: flags.includes('--minify'),
  sourcemap: flags.includes('--minify') ? false : 'linked',
};

/** In the npm package dependencies are dependencies: only our own code is bundled. */
const packaged = { ...shared, packages: 'external' };

/** What a webview or a browser loads: classic scripts, because a CSP names them by their address. */
const page = {
  ...shared,
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  outdir: 'dist/pages',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  // The virtual list is written for React, which Preact stands in for.
  alias: {
    react: 'preact/compat',
    'react-dom': 'preact/compat',
    'react/jsx-runtime': 'preact/jsx-runtime',
  },
  // The icons' font stays a file beside the styles: a CSP lets no `data:` font in.
  loader: { '.ttf': 'file' },
  assetNames: '[name]',
};

const products = [
  // The extension, and apart from it what it loads when the network is first needed.
  {
    ...shared,
    entryPoints: { extension: 'src/host/extension.ts' },
    external: ['vscode', './engine.js', './highlight.js'],
  },
  {
    ...shared,
    entryPoints: { engine: 'src/host/engineEntry.ts' },
    plugins: [nativeAddons()],
    // ws uses these where they are installed, and does without them otherwise.
    external: ['bufferutil', 'utf-8-validate'],
  },
  {
    ...packaged,
    entryPoints: { cli: 'src/cli/main.ts' },
    external: ['./hub.js'],
    banner: { js: '#!/usr/bin/env node' },
  },
  // Grammars and colours for code in chats, loaded when the first block of code is shown.
  { ...shared, entryPoints: { highlight: 'src/pages/highlight/highlighter.ts' } },
  { ...page, entryPoints: { chat: 'webview/chat/main.tsx' } },
  { ...page, entryPoints: { call: 'webview/call/main.tsx' } },
  { ...packaged, entryPoints: { hub: 'src/hub/hub.ts' } },
  { ...packaged, entryPoints: { index: 'src/index.ts' } },
];

/**
 * Native addons look for their prebuilt binary beside their own file, so a plain bundle builds
 * without a warning and dies when it is loaded. Each binding file becomes a `require` of the
 * binary that is copied beside the bundle.
 */
function nativeAddons() {
  return {
    name: 'native-addons',
    setup(build) {
      build.onLoad({ filter: /node_modules[\\/](udx|sodium)-native[\\/]binding\.js$/ }, (file) => {
        const name = path.basename(path.dirname(file.path));
        return {
          contents: `module.exports = require('./prebuilds/${target}/${name}.node')`,
          loader: 'js',
        };
      });
      build.onResolve({ filter: /^\.\/prebuilds\/.*\.node$/ }, ({ path: name }) => ({
        path: name,
        external: true,
      }));
      build.onEnd(async () => {
        for (const name of ['udx-native', 'sodium-native']) {
          const binary = path.join('prebuilds', target, `${name}.node`);
          await mkdir(path.dirname(path.join('dist', binary)), { recursive: true });
          await cp(path.join('node_modules', name, binary), path.join('dist', binary));
        }
      });
    },
  };
}

if (!flags.includes('--watch')) await rm('dist', { recursive: true, force: true });
const contexts = await Promise.all(
  products.map((product) => esbuild.context({ outdir: 'dist', ...product })),
);
if (flags.includes('--watch')) {
  await Promise.all(contexts.map((context) => context.watch()));
  console.log('Watching. Ctrl-C ends it.');
} else {
  await Promise.all(contexts.map((context) => context.rebuild()));
  await Promise.all(contexts.map((context) => context.dispose()));
}
