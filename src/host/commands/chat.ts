import * as vscode from 'vscode';
import { errors } from '../../core/errors';
import type { Agent } from '../../core/events';
import type { Calls } from '../calls';
import type { ChatPanels } from '../panel/chatPanels';
import { clearHistory } from '../panel/historyAnswers';
import { isSetUp } from '../ready';
import type { Session } from '../session';
import { agentPickRows } from '../text/agentText';
import { icon } from '../views/liveTree';
import { askPick } from '../views/quickInput';
import { commands } from '../ids';

export interface Chatting {
  readonly session: Session;
  readonly panels: ChatPanels;
  readonly calls: Calls;
}

/** *Chat*, with the agent of a row or one that is chosen. */
export async function chat({ session, panels }: Chatting, agent?: Agent): Promise<void> {
  const chosen = agent ?? (await chooseAgent(session, 'Chat with…'));
  if (chosen !== undefined) panels.show(chosen);
}

/** Opens the chat that has something new; a choice when several do, or none does. */
export async function showUnread({ session, panels }: Chatting): Promise<void> {
  const { chats, agents } = session.snapshot;
  const unread = new Set(chats.filter((each) => each.unread > 0).map((each) => each.agent.kid));
  const [first, ...others] = agents.filter(({ kid }) => unread.has(kid));
  const chosen =
    first !== undefined && others.length === 0
      ? first
      : await chooseAgent(session, 'Chat with…', unread.size === 0 ? undefined : unread);
  if (chosen !== undefined) panels.show(chosen);
}

/** *Call* and *Call with Video*. The panel is where the call is seen. */
export async function call(
  { session, panels, calls }: Chatting,
  video: boolean,
  agent?: Agent,
): Promise<void> {
  const chosen = agent ?? (await chooseAgent(session, video ? 'Call with video…' : 'Call…'));
  if (chosen === undefined) return;
  await calls.start(chosen.kid, video);
  panels.show(chosen);
}

/** *Clear Chat History…* */
export async function clearChat({ session }: Chatting, agent?: Agent): Promise<void> {
  const chosen = agent ?? (await chooseAgent(session, 'Clear the chat with…'));
  if (chosen !== undefined) await clearHistory(session, chosen);
}

/** One of the paired agents, online ones first; without a question where there is only one. */
export async function chooseAgent(
  session: Session,
  title: string,
  among?: ReadonlySet<string>,
): Promise<Agent | undefined> {
  if (!(await isSetUp(session))) return undefined;
  // Where there is no engine, this says why.
  session.engine();
  const agents = session.snapshot.agents.filter(
    ({ kid, blocked }) => !blocked && among?.has(kid) !== false,
  );
  if (agents.length === 0) {
    const choice = await vscode.window.showInformationMessage(
      'Chats and calls are between paired agents, and you are paired with none yet.',
      PAIR,
    );
    if (choice === PAIR) await vscode.commands.executeCommand(commands.pair);
    return undefined;
  }
  if (agents.length === 1) return agents[0];
  const unread = new Map(session.snapshot.chats.map((each) => [each.agent.kid, each.unread]));
  const answer = await askPick<string>({
    title,
    placeholder: 'Choose a paired agent',
    items: agentPickRows(agents, Date.now()).map((row) => {
      const news = unread.get(row.kid) ?? 0;
      return {
        label: row.label,
        description: news > 0 ? `${String(news)} unread, ${row.description}` : row.description,
        iconPath: icon(row.icon),
        value: row.kid,
      };
    }),
  });
  if (answer.kind !== 'value') return undefined;
  const chosen = session.snapshot.agents.find(({ kid }) => kid === answer.value);
  if (chosen === undefined) throw errors.agentUnknown('This agent');
  return chosen;
}

const PAIR = 'Pair with an Agent…';
