import * as vscode from 'vscode';
import { isActorId } from '../../core/engineConfig';
import type { Agent } from '../../core/events';
import { stateKeys } from '../ids';
import type { Session } from '../session';
import { agentPickRows } from '../text/agentText';
import { pickText } from '../text/displayText';
import { icon } from './liveTree';
import { askText } from './quickInput';
import { DisposableList } from '../disposables';

/** More would need searching, and typing the id is faster then. */
const MAX_RECENT = 10;

/** Whom this person sent to lately, newest first. */
export class RecentAgents {
  constructor(
    private readonly memory: vscode.Memento,
    private readonly session: Session,
  ) {}

  list(): readonly string[] {
    const remembered = this.memory.get<unknown>(stateKeys.recentAgents);
    const sent: readonly unknown[] = Array.isArray(remembered) ? remembered : [];
    const seen = this.session.snapshot.transfers
      .filter(({ agent }) => agent === undefined)
      .map(({ peerId }) => peerId);
    const ids = [...sent, ...seen].filter((id): id is string => typeof id === 'string');
    return [...new Set(ids)].filter(isActorId).slice(0, MAX_RECENT);
  }

  async remember(actorId: string): Promise<void> {
    const others = this.list().filter((id) => id !== actorId);
    await this.memory.update(stateKeys.recentAgents, [actorId, ...others].slice(0, MAX_RECENT));
  }
}

export interface Recipient {
  readonly recipientId: string;
  /** Key id of the paired agent that is meant. */
  readonly agent?: string;
}

interface AgentItem extends vscode.QuickPickItem {
  /** Absent on the item that asks for an id. */
  readonly recipient?: Recipient;
}

export interface AgentQuestion {
  readonly title: string;
  /** Then it is said of open peers that they do not take it. */
  readonly hasFolders: boolean;
}

/** Whom to send to: a paired agent, a recent one, one typed into the filter, or one entered. */
export async function askAgent(
  recent: RecentAgents,
  agents: readonly Agent[],
  question: AgentQuestion,
): Promise<Recipient | undefined> {
  const { title } = question;
  const paired = new Map(agents.map((agent) => [agent.actorId, agent]));
  const known = recent.list().filter((actorId) => !paired.has(actorId));
  const chosen = await pickAgent(agents, known, question);
  if (chosen === undefined) return undefined;
  if (chosen.recipient !== undefined) return chosen.recipient;
  const answer = await askText({
    title,
    prompt: 'The id that the other side uses, as it says itself when it listens.',
    placeholder: 'agent-b',
    validate: invalidActorId,
  });
  if (answer.kind !== 'value') return undefined;
  const meant = paired.get(answer.value);
  return { recipientId: answer.value, ...(meant !== undefined && { agent: meant.kid }) };
}

/** A sentence when this cannot be an agent id. */
export function invalidActorId(value: string): string | undefined {
  if (value === '') return 'Enter an agent id.';
  if (isActorId(value)) return undefined;
  return 'An agent id has up to 128 letters, digits and signs, without spaces.';
}

function pickAgent(
  agents: readonly Agent[],
  known: readonly string[],
  { title, hasFolders }: AgentQuestion,
): Promise<AgentItem | undefined> {
  const held = new DisposableList();
  const pick = held.add(vscode.window.createQuickPick<AgentItem>());
  const account = new vscode.ThemeIcon('account');
  const enter: AgentItem = {
    label: 'Enter an agent id…',
    iconPath: new vscode.ThemeIcon('edit'),
    alwaysShow: true,
  };
  const paired: AgentItem[] = agentPickRows(agents, Date.now()).map((row) => ({
    label: row.label,
    description: row.description,
    iconPath: icon(row.icon),
    recipient: { recipientId: row.actorId, agent: row.kid },
  }));
  const recents: AgentItem[] = known.map((actorId) => ({
    label: pickText(actorId),
    description: hasFolders ? 'recent, unverified, takes single files only' : 'recent, unverified',
    iconPath: account,
    recipient: { recipientId: actorId },
  }));
  const isKnown = (typed: string) =>
    known.includes(typed) || agents.some(({ actorId }) => actorId === typed);
  const draw = (typed: string) => {
    const offered: AgentItem[] =
      isActorId(typed) && !isKnown(typed)
        ? [
            {
              label: `Send to ${pickText(typed)}`,
              iconPath: account,
              recipient: { recipientId: typed },
              alwaysShow: true,
            },
          ]
        : [];
    // After the known ones: Enter on a few typed letters means the agent that they find.
    pick.items = [...paired, ...recents, ...offered, enter];
  };
  pick.title = title;
  pick.placeholder = 'Choose an agent, or type an id';
  pick.matchOnDescription = true;
  draw('');
  return new Promise<AgentItem | undefined>((resolve) => {
    held.add(
      pick.onDidChangeValue((value) => {
        draw(value.trim());
      }),
    );
    held.add(
      pick.onDidAccept(() => {
        resolve(pick.selectedItems[0]);
      }),
    );
    held.add(
      pick.onDidHide(() => {
        resolve(undefined);
      }),
    );
    pick.show();
  }).finally(() => {
    held.dispose();
  });
}
