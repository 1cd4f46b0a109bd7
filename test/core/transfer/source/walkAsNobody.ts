import { toBeelineError } from '../../../../src/core/errors';
import { walkSources } from '../../../../src/core/transfer/source/walkSources';

/** The user id that every Linux has for nobody in particular. */
const NOBODY = 65_534;

/** Becomes `nobody`, since root passes every permission, and prints the codes it gets for folders. */
async function main(folders: readonly string[]): Promise<void> {
  process.setgroups?.([]);
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
  const codes = await Promise.all(
    folders.map((folder) =>
      walkSources({ paths: [folder] }).then(
        () => 'done',
        (thrown: unknown) => toBeelineError(thrown).code,
      ),
    ),
  );
  process.stdout.write(codes.join(' '));
}

void main(process.argv.slice(2));
