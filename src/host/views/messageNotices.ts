import * as vscode from 'vscode';
import type { ChatMessage } from '../../core/chatEvents';
import { DisposableList } from '../disposables';
import type { ChatPanels } from '../panel/chatPanels';
import type { Session } from '../session';
import { messageNotice, type MessageAction } from '../text/chatText';
import type { LinkNotices } from './linkNotices';

export interface MessageNoticesParts {
  readonly session: Session;
  readonly panels: ChatPanels;
  readonly notices: LinkNotices;
}

/** Milliseconds: several messages in a row are one piece of news, and another window may show them. */
const GATHER_MS = 800;

/**
 * New messages of agents whose chat is not in sight, one notification for each agent however many
 * there are. It leaves by itself when they were read, in whichever window.
 */
export class MessageNotices implements vscode.Disposable {
  private readonly held = new DisposableList();
  private readonly news = new Map<string, News>();

  constructor(private readonly parts: MessageNoticesParts) {
    const { session, panels } = parts;
    this.held.add(
      session.onDidHear((event) => {
        if (event.type === 'message') this.take(event.message);
      }),
    );
    const look = () => {
      this.look();
    };
    this.held.add(session.onDidChange(look));
    this.held.add(panels.onDidChange(look));
    this.held.add({
      dispose: () => {
        for (const news of this.news.values()) end(news);
      },
    });
  }

  dispose(): void {
    this.held.dispose();
  }

  private take(message: ChatMessage): void {
    const { kid, from, state, messageId } = message;
    // Each change of a message is told; new ones of the other side are `received`.
    if (from !== 'agent' || state !== 'received') return;
    if (this.parts.panels.visible().includes(kid)) return;
    const known = this.news.get(kid);
    if (known !== undefined) {
      if (known.last.messageId === messageId) return;
      known.last = message;
      known.changed.fire();
      return;
    }
    const news: News = {
      last: message,
      over: new AbortController(),
      changed: new vscode.EventEmitter<void>(),
      timer: setTimeout(() => void this.show(kid, news), GATHER_MS),
    };
    this.news.set(kid, news);
  }

  /** Takes away what was read, or is in sight now. */
  private look(): void {
    const visible = this.parts.panels.visible();
    for (const [kid, news] of this.news) {
      if (visible.includes(kid) || (news.isShown === true && this.unread(kid) === 0)) {
        this.news.delete(kid);
        end(news);
      }
    }
  }

  private async show(kid: string, news: News): Promise<void> {
    // Read meanwhile, perhaps in another window.
    if (news.over.signal.aborted || this.unread(kid) === 0) {
      if (this.news.get(kid) === news) this.news.delete(kid);
      return;
    }
    news.isShown = true;
    const { session, notices, panels } = this.parts;
    const agent = session.snapshot.agents.find((candidate) => candidate.kid === kid);
    if (agent === undefined) return;
    await notices.show<MessageAction>(
      {
        text: (link) => messageNotice(agent, news.last, this.unread(kid), link),
        onAction: () => {
          panels.show(agent);
        },
        onDidRenew: news.changed.event,
        closeLabel: 'Later',
      },
      news.over.signal,
    );
    if (this.news.get(kid) === news) this.news.delete(kid);
  }

  private unread(kid: string): number {
    const { chats } = this.parts.session.snapshot;
    return chats.find(({ agent }) => agent.kid === kid)?.unread ?? 0;
  }
}

interface News {
  last: ChatMessage;
  isShown?: boolean;
  readonly over: AbortController;
  readonly changed: vscode.EventEmitter<void>;
  readonly timer: NodeJS.Timeout;
}

function end({ over, changed, timer }: News): void {
  clearTimeout(timer);
  over.abort();
  changed.dispose();
}
