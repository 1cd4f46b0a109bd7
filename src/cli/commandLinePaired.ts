import type { Command } from 'commander';
import { agentArgument, listingCommand, withCommon } from './commandOptions';
import type { AgentChange, AgentsFlags, Commands, PairFlags } from './flags';
import { helpTexts } from './helpTexts';

/** What each change says of itself in the help. */
const changes: Readonly<Record<AgentChange, string>> = {
  remove: 'forget a paired agent, and close its link, offers and transfers',
  block: 'keep a paired agent, but have nothing to do with it',
  unblock: 'take a block back',
  allow: 'accept what this agent sends without asking',
  disallow: 'ask again before accepting from this agent',
};

/** The commands about paired agents. */
export function pairedCommands(
  program: Command,
  commands: Commands,
  exit: (code: number) => void,
): void {
  withCommon(
    program
      .command('pair')
      .summary('get to know another agent, so that both can prove who they are')
      .description(helpTexts.pair)
      .argument('[code]', "the other side's code or link; - reads it from standard input")
      .option('--yes', 'confirm without asking; this trusts whoever has the code')
      .addHelpText('after', helpTexts.pairExamples)
      .action(async (code: string | undefined, flags: PairFlags) => {
        exit(await commands.pair(code, flags));
      }),
  );

  const agents = listingCommand(program, 'agents', {
    summary: 'list the paired agents, and change what they may do',
    description: helpTexts.agents,
    examples: helpTexts.agentsExamples,
  }).action(async (flags: AgentsFlags) => {
    exit(await commands.agents(flags));
  });
  for (const [change, text] of Object.entries(changes) as [AgentChange, string][]) {
    const command = agents
      .command(change)
      .summary(text)
      .description(`${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.`)
      .addArgument(agentArgument())
      .action(async (typed: string, flags: AgentsFlags) => {
        exit(await commands.changeAgent(change, typed, { ...agents.opts(), ...flags }));
      });
    if (change === 'remove') command.option('--yes', 'remove without asking');
    withCommon(command);
  }
}
