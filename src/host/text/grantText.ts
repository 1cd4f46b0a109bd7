import type { Grant } from '../../core/events';
import { commands } from '../ids';
import type { TreeRow } from '../views/treeRow';
import { pickText } from './displayText';
import { markdownText } from './markdownText';
import { dayText } from './wording';

/** A folder here that an agent keeps in step with its own, as a row below that agent. */
export function grantRow(grant: Grant): TreeRow {
  const { grantId, name, path, mayDelete, since, agent } = grant;
  return {
    id: `grant:${grantId}`,
    label: pickText(name),
    description: `kept in step${mayDelete ? ', may remove' : ''} · ${pickText(path, MAX_PATH)}`,
    tooltip: [
      `**${markdownText(name)}**, kept in step by ${markdownText(agent.name)}`,
      `In ${markdownText(path, MAX_PATH)}, since ${dayText(since)}`,
      mayDelete
        ? 'What it removes on its side is removed here, unless you changed it.'
        : 'Nothing is removed here.',
    ].join('\n\n'),
    icon: { id: 'sync' },
    contextValue: 'grant',
    click: commands.revealGrant,
  };
}

export function stoppedGrantText({ name, agent }: Grant): string {
  return `${pickText(agent.name)} does not keep ${pickText(name)} in step any more.`;
}

const MAX_PATH = 400;
