import * as vscode from 'vscode';
import { isActorId } from '../../core/engineConfig';
import { stateKeys } from '../ids';
import type { Session } from '../session';
import { pickText } from '../text/displayText';
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
    const seen = this.session.snapshot.transfers.map(({ peerId }) => peerId);
    const ids = [...sent, ...seen].filter((id): id is string => typeof id === 'string');
    return [...new Set(ids)].filter(isActorId).slice(0, MAX_RECENT);
  }

  async remember(actorId: string): Promise<void> {
    const others = this.list().filter((id) => id !== actorId);
    await this.memory.update(stateKeys.recentAgents, [actorId, ...others].slice(0, MAX_RECENT));
  }
}

interface AgentItem extends vscode.QuickPickItem {
  /** Absent on the item that asks for an id. */
  readonly actorId?: string;
}

/** Whom to send to: a recent agent, one typed into the filter, or one entered. */
export async function askAgent(recent: RecentAgents, title: string): Promise<string | undefined> {
  const known = recent.list();
  const chosen = await pickAgent(known, title);
  if (chosen === undefined) return undefined;
  if (chosen.actorId !== undefined) return chosen.actorId;
  const answer = await askText({
    title,
    prompt: 'The id that the other side uses, as it says itself when it listens.',
    placeholder: 'agent-b',
    validate: invalidActorId,
  });
  return answer.kind === 'value' ? answer.value : undefined;
}

/** A sentence when this cannot be an agent id. */
export function invalidActorId(value: string): string | undefined {
  if (value === '') return 'Enter an agent id.';
  if (isActorId(value)) return undefined;
  return 'An agent id has up to 128 letters, digits and signs, without spaces.';
}

function pickAgent(known: readonly string[], title: string): Promise<AgentItem | undefined> {
  const held = new DisposableList();
  const pick = held.add(vscode.window.createQuickPick<AgentItem>());
  const icon = new vscode.ThemeIcon('account');
  const enter: AgentItem = {
    label: 'Enter an agent id…',
    iconPath: new vscode.ThemeIcon('edit'),
    alwaysShow: true,
  };
  const recents = known.map((actorId) => ({
    label: pickText(actorId),
    description: 'recent',
    iconPath: icon,
    actorId,
  }));
  const draw = (typed: string) => {
    const offered: AgentItem[] =
      isActorId(typed) && !known.includes(typed)
        ? [
            {
              label: `Send to ${pickText(typed)}`,
              iconPath: icon,
              actorId: typed,
              alwaysShow: true,
            },
          ]
        : [];
    // After the recent ones: Enter on a few typed letters means the agent that they find.
    pick.items = [...recents, ...offered, enter];
  };
  pick.title = title;
  pick.placeholder = 'Choose an agent, or type an id';
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
