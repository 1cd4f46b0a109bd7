import path from 'node:path';
import { toBeelineError } from '../../../src/core/errors';
import { openIncoming } from '../../../src/core/receivefs/incomingFile';
import { checkRoom } from '../../../src/core/receivefs/saveFolder';

/** The user id that every Linux has for nobody in particular. */
const NOBODY = 65_534;

/**
 * Becomes `nobody`, since root passes every permission, and prints the codes it gets in a folder.
 * It does so only once its code is loaded, which may lie where nobody can read.
 */
async function main(folder: string): Promise<void> {
  process.setgroups?.([]);
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
  const attempts = [
    checkRoom(folder, 0),
    openIncoming({ directory: folder, name: 'a', size: 0 }),
    openIncoming({ path: path.join(folder, 'new', 'a'), size: 0 }),
  ];
  const codes = await Promise.all(
    attempts.map((attempt) =>
      attempt.then(
        () => 'done',
        (thrown: unknown) => toBeelineError(thrown).code,
      ),
    ),
  );
  process.stdout.write(JSON.stringify(codes));
}

void main(process.argv[2] ?? '');
