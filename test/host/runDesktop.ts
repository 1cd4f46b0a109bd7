import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { projectRoot } from '../support/workbench/projectRoot';
import { quietSettings } from '../support/workbench/workbench';

/**
 * The suite of `test/host/suite` in the desktop editor, on machines that can download it.
 * `runDesktop.ts [VERSION]`; bundle the suite and build the extension before.
 */
async function main(version: string | undefined): Promise<number> {
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'desktop-tests-'));
  const folder = path.join(scratch, 'workspace');
  const userData = path.join(scratch, 'user');
  await fs.mkdir(folder);
  await fs.writeFile(path.join(folder, 'notes.md'), '# Notes\n');
  await fs.mkdir(path.join(userData, 'User'), { recursive: true });
  const settings = { ...quietSettings, 'beeline.saveDirectory': path.join(scratch, 'received') };
  await fs.writeFile(path.join(userData, 'User', 'settings.json'), JSON.stringify(settings));
  try {
    return await runTests({
      ...(version === undefined ? {} : { version }),
      cachePath: path.join(projectRoot, '.vscode-test'),
      extensionDevelopmentPath: projectRoot,
      extensionTestsPath: path.join(projectRoot, 'out/host/index.js'),
      extensionTestsEnv: { BEELINE_HOME: path.join(scratch, 'home') },
      launchArgs: [folder, '--disable-extensions', '--user-data-dir', userData],
    });
  } finally {
    await fs.rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

main(process.argv[2]).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
