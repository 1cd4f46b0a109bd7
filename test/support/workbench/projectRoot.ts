import path from 'node:path';

/** The checkout: what tests build, install and package is found from here. */
export const projectRoot = path.resolve(__dirname, '../../..');

/** Where downloads for tests are kept, as `@vscode/test-electron` keeps its own; git ignores it. */
export const downloads = path.join(projectRoot, '.vscode-test');
