import type { Command } from 'commander';
import { agentWord, hexWord, listingCommand, option, withCommon } from './commandOptions';
import type { Commands, GrantsFlags, ResumeFlags, SyncFlags } from './flags';
import { helpTexts } from './helpTexts';

/** The commands about transfers that last: going on with them, and keeping folders in step. */
export function folderCommands(
  program: Command,
  commands: Commands,
  exit: (code: number) => void,
): void {
  withCommon(
    program
      .command('resume')
      .summary('go on with what is interrupted')
      .description(helpTexts.resume)
      .argument('[transfer-id]', 'its id or the beginning of it (default: all)', hexWord)
      .addHelpText('after', helpTexts.resumeExamples)
      .action(async (transferId: string | undefined, flags: ResumeFlags) => {
        exit(await commands.resume(transferId, flags));
      }),
  );

  withCommon(
    program
      .command('sync')
      .summary("keep a paired agent's copy of a folder in step with yours")
      .description(helpTexts.sync)
      .argument('<path>', 'the folder')
      .addOption(
        option('--to <agent>', 'its agent id, name or key id', agentWord).makeOptionMandatory(),
      )
      .option('--delete', 'also remove there what is removed here, if the other side lets you')
      .option('--gitignore', 'leave out what .gitignore ignores')
      .option('--once', 'one round, and then end')
      .addHelpText('after', helpTexts.syncExamples)
      .action(async (path: string, flags: SyncFlags) => {
        exit(await commands.sync(path, flags));
      }),
  );

  const grants = listingCommand(program, 'grants', {
    summary: 'list the folders here that paired agents keep in step',
    description: helpTexts.grants,
    examples: helpTexts.grantsExamples,
  }).action(async (flags: GrantsFlags) => {
    exit(await commands.grants(flags));
  });
  withCommon(
    grants
      .command('revoke')
      .summary('let an agent not keep a folder here in step any more')
      .description('Takes a grant back. The folder stays as it is.')
      .argument('<id>', 'the id that grants shows, or the beginning of it', hexWord)
      .action(async (typed: string, flags: GrantsFlags) => {
        exit(await commands.revokeGrant(typed, { ...grants.opts(), ...flags }));
      }),
  );
}
