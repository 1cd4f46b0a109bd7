import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/**
 * The edges between the rooms, one sentence each (docs/architecture.md draws them).
 * A room may import what its sentence does not forbid.
 */
const rooms = [
  room('src/core/wire', ['**/core/*', '../*'], 'core/wire is pure: it imports nothing of ours.', [
    '../errors',
  ]),
  room(
    'src/core/transfer',
    ['**/swarm/**', '**/ats/**', '**/engine/**', '../engine'],
    'core/transfer takes a channel; the engine introduces it to the swarm.',
  ),
  room(
    'src/core/receivefs',
    ['**/swarm/**', '**/ats/**', '**/engine/**', '../engine', '**/transfer/**', '**/wire/**'],
    'core/receivefs knows paths and disks, not peers; what a tree is, contracts tell it.',
    [
      'transfer/receivingTree',
      'transfer/manifest',
      'transfer/linkTarget',
      'wire/v2Plan',
      'wire/v2Entry',
    ].map((name) => `**/${name}`),
  ),
  room(
    'src/core/sync',
    ['**/core/*', '../*', '../*/**'],
    'core/sync holds the façade like a shell does, and knows what of a folder is sent.',
    [
      '../engine',
      '../errors',
      '../events',
      '../transfer',
      '../transfer/source',
      '../transfer/source/**',
    ],
  ),
  room(
    'src/core/swarm',
    ['**/ats/**', '**/engine/**', '../engine', '**/receivefs/**'],
    'core/swarm is peers as sockets, nothing more.',
  ),
  room(
    'src/core/identity',
    ['**/swarm/**', '**/ats/**', '**/engine/**', '../engine', '**/transfer/**', '**/receivefs/**'],
    'core/identity is keys, proofs and the book; the swarm and the engine use it.',
  ),
  room(
    'src/core/ats',
    ['**/swarm/**', '**/transfer/**', '**/engine/**', '../engine', '**/receivefs/**', '**/wire/**'],
    'core/ats is the task service and nothing else.',
  ),
  room(
    'src/core',
    ['**/host/**', '**/cli/**', '**/hub/**', '**/service/**', 'vscode'],
    'core is what would still be true without an editor, a terminal or a hub.',
  ),
  room(
    'src/service',
    ['**/host/**', '**/cli/**', '**/hub/**', 'vscode'],
    'service shares one engine per home; it knows core only.',
  ),
  room(
    'src/cli',
    ['**/host/**', 'vscode'],
    'cli never imports host, and the hub only as the product loaded on demand.',
  ),
  room(
    'src/library',
    ['**/host/**', '**/cli/**', '**/hub/**', 'vscode'],
    'library is createNode over the engine; it knows no shell.',
  ),
  room('src/host', ['**/cli/**', '**/hub/**'], 'host never imports cli or hub.'),
  room(
    'src/bridge',
    ['../*'],
    'bridge is what host and page say to each other: it imports nothing of ours.',
  ),
  room(
    'src/pages',
    ['**/host/**', '**/cli/**', '**/hub/**', '**/nodepeer/**', 'vscode'],
    'pages answers what a page asks, from the façade; editor and terminal hold it.',
  ),
  room(
    'src/nodepeer',
    ['**/host/**', '**/cli/**', '**/hub/**', '**/pages/**', '**/swarm/**', '**/ats/**', 'vscode'],
    'nodepeer is a peer connection without a page; it knows the façade only.',
  ),
  room(
    'src/core/session',
    ['**/swarm/**', '**/ats/**', '**/engine/**', '../engine', '**/receivefs/**', '**/chat/**'],
    'core/session is the states, keys in use and order of sessions; the engine carries its frames.',
    ['transfer/messageChannel'].map((name) => `**/${name}`),
  ),
  room(
    'src/core/chat',
    ['**/swarm/**', '**/ats/**', '**/engine/**', '../engine', '**/transfer/**', '**/receivefs/**'],
    'core/chat is messages: queue, delivery, history; a lane of a session carries them.',
  ),
  room(
    'webview',
    [
      '**/core/**',
      '**/host/**',
      '**/cli/**',
      '**/hub/**',
      '**/service/**',
      '**/pages/**',
      'vscode',
      'node:*',
    ],
    'webview is the page: it speaks only bridge.',
  ),
  room(
    'src/hub',
    ['**/host/**', '**/cli/**', '**/service/**', 'vscode', '**/core/swarm/**', '**/core/engine*'],
    "hub stands alone beside core/ats's types.",
  ),
];

function room(folder, group, message, except = []) {
  const patterns = [{ group: [...group, ...except.map((name) => `!${name}`)], message }];
  return { folder, patterns };
}

/** ESLint lets the last entry that names a rule win, so inner rooms carry their outer room's edges. */
const edges = rooms
  .toSorted((a, b) => a.folder.length - b.folder.length)
  .map(({ folder }) => ({
    files: [`${folder}/**/*.ts`, `${folder}/**/*.tsx`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: rooms
            .filter((outer) => folder === outer.folder || folder.startsWith(`${outer.folder}/`))
            .flatMap((outer) => outer.patterns),
        },
      ],
    },
  }));

/** Hyperswarm is known in one room, `vscode` in one, HTTP in core in one. */
const libraries = (files, ignores, names, message) => ({
  files,
  ignores,
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { paths: names.map((name) => ({ name, message })) },
    ],
  },
});

export default tseslint.config(
  { ignores: ['dist/', 'out/', 'demo-out/', 'bench-out/', '.vscode-test/', 'node_modules/'] },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './webview/tsconfig.json', './test/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/prefer-promise-reject-errors': [
        'error',
        { allowThrowingUnknown: true, allowThrowingAny: true },
      ],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      eqeqeq: 'error',
    },
  },
  ...edges,
  libraries(
    ['src/**/*.ts'],
    ['src/core/swarm/**', 'src/hub/**'],
    ['hyperswarm', 'hyperdht'],
    'Only core/swarm (and the hub) knows Hyperswarm.',
  ),
  libraries(
    ['src/**/*.ts'],
    ['src/nodepeer/**'],
    ['node-datachannel', 'node-datachannel/polyfill'],
    'Only nodepeer knows WebRTC outside of a page.',
  ),
  libraries(
    ['src/**/*.ts'],
    ['src/core/identity/**'],
    ['sodium-universal'],
    'Only core/identity knows curves.',
  ),
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-unused-expressions': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    ...tseslint.configs.disableTypeChecked,
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
    // Tools read their configuration from a default export.
    rules: { 'no-restricted-exports': 'off' },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { require: 'readonly', module: 'writable' },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  prettier,
);
