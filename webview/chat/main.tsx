import { render } from 'preact';
import type { ChatEvents, ChatRequests } from '../../src/bridge/chatPage';
import { openHost } from '../openHost';
import { ChatPage } from './ChatPage';
import '@vscode/codicons/dist/codicon.css';
import './styles/page.css';
import './styles/header.css';
import './styles/menu.css';
import './styles/search.css';
import './styles/thread.css';
import './styles/message.css';
import './styles/transferCard.css';
import './styles/composer.css';
import './styles/emptyThread.css';
import './styles/dropZone.css';

async function main(): Promise<void> {
  const root = document.createElement('div');
  root.id = 'beeline';
  document.body.append(root);
  const host = await openHost<ChatRequests, ChatEvents>();
  render(<ChatPage host={host} />, root);
}

main().catch((error: unknown) => {
  document.body.append(error instanceof Error ? error.message : String(error));
});
