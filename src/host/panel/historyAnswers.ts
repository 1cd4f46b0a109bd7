import * as vscode from 'vscode';
import type { Engine } from '../../core/engine';
import type { ChatMessage } from '../../core/chatEvents';
import type { Agent } from '../../core/events';
import type { Session } from '../session';
import { noticeText } from '../text/displayText';
import { historyJson, historyMarkdown } from '../text/historyText';
import { showBriefly } from '../views/messages';
import { agentOf } from './chatAnswers';
import type { ChatOnlyRequests } from './chatShapes';
import type { Answers } from './pageBridge';

/** Messages asked for at once: as many as the engine gives. */
const PAGE = 200;

/** What a person does with a whole conversation. */
export function historyAnswers(
  kid: string,
  session: Session,
): Answers<Pick<ChatOnlyRequests, 'exportHistory' | 'clearHistory'>> {
  return {
    exportHistory: async () => {
      await exportHistory(session, agentOf(session, kid));
      return null;
    },
    clearHistory: async () => {
      await clearHistory(session, agentOf(session, kid));
      return null;
    },
  };
}

/** Asks first, since nothing brings it back. */
export async function clearHistory(
  session: Session,
  { kid, name }: Pick<Agent, 'kid' | 'name'>,
): Promise<void> {
  const choice = await vscode.window.showWarningMessage(
    `Clear the chat with ${noticeText(name)}? What was said is forgotten on this side only, and ` +
      'messages that wait are not sent.',
    CLEAR,
    KEEP,
  );
  if (choice === CLEAR) await session.engine().clearMessages({ kid });
}

async function exportHistory(session: Session, agent: Agent): Promise<void> {
  const target = await vscode.window.showSaveDialog({
    title: `Export the Chat with ${agent.name}`,
    saveLabel: 'Export',
    filters: { Markdown: ['md'], JSON: ['json'] },
    defaultUri: defaultTarget(agent),
  });
  if (target === undefined) return;
  const messages = await allMessages(session.engine(), agent.kid);
  const { state } = session;
  const self = state.kind === 'running' ? state.settings.config.actorName : 'me';
  const names = { self, agent: agent.name };
  const text = /\.json$/i.test(target.path)
    ? historyJson(messages, names)
    : historyMarkdown(messages, names);
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
  showBriefly('The chat is exported.');
}

/** Beside what is worked on, under a name that no peer's word can lead elsewhere. */
function defaultTarget({ actorId }: Agent): vscode.Uri {
  const name = `chat-${actorId.replace(/[^\w.-]+/g, '_')}.md`;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return folder === undefined ? vscode.Uri.file(name) : vscode.Uri.joinPath(folder, name);
}

/** From the newest page back to the first, oldest first in the end. */
async function allMessages(engine: Engine, kid: string): Promise<readonly ChatMessage[]> {
  const pages: (readonly ChatMessage[])[] = [];
  let before: string | undefined;
  for (;;) {
    const page = await engine.messages({
      kid,
      limit: PAGE,
      ...(before !== undefined && { before }),
    });
    pages.unshift(page.messages);
    before = page.messages[0]?.messageId;
    if (!page.older || before === undefined) return pages.flat();
  }
}

const CLEAR = 'Clear';
const KEEP = 'Keep';
