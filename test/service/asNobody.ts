import { chown } from 'node:fs/promises';
import path from 'node:path';
import { toBeelineError } from '../../src/core/errors';
import { openEngine } from '../../src/service/openEngine';
import { configAt } from './household';

/** The user id that every Linux has for nobody in particular. */
const NOBODY = 65_534;

/**
 * Becomes `nobody`, since root passes every permission, and prints the codes that homes give: one of
 * another user, one that cannot be written, one that cannot be made. It does so only once its code
 * is loaded, which may lie where nobody can read.
 */
async function main(theirs: string, readOnly: string): Promise<void> {
  await chown(readOnly, NOBODY, NOBODY);
  process.setgroups?.([]);
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
  const codes: string[] = [];
  for (const home of [theirs, readOnly, path.join(path.dirname(theirs), 'new', 'home')]) {
    const config = configAt('http://127.0.0.1:9', 'nobody', home);
    codes.push(
      await openEngine({ home, config, version: '1.2.3' }).then(
        () => 'opened',
        (thrown: unknown) => toBeelineError(thrown).code,
      ),
    );
  }
  process.stdout.write(JSON.stringify(codes));
}

void main(process.argv[2] ?? '', process.argv[3] ?? '');
