import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { CallEvents } from '../../bridge/callPage';
import type { ChatEvents } from '../../bridge/chatPage';
import type { EngineEvent } from '../../core/events';
import { CallDesk } from '../../pages/callDesk';
import type { CallPages } from '../../pages/callPages';
import { PageRefusal } from '../../pages/pageRequests';
import { DisposableList } from '../disposables';
import type { Session } from '../session';
import { pageChat, pageMessage } from '../text/chatText';
import { displayText, pickText } from '../text/displayText';
import { pageTransfers } from '../text/transferCard';
import { throttle } from '../throttle';
import { showFailure } from '../views/messages';
import { conversationAnswers } from './chatAnswers';
import { chatShapes, type ChatOnlyRequests } from './chatShapes';
import { editorAnswers, type EditorParts } from './editorAnswers';
import { fileAnswers, type FileParts } from './fileAnswers';
import { historyAnswers } from './historyAnswers';
import { PageBridge } from './pageBridge';
import { panelPage } from './panelPage';
import { ReadMark } from './readMark';
import { Uploads } from './uploads';

export interface ChatPanelParts extends EditorParts, Omit<FileParts, 'uploads'> {
  readonly session: Session;
  readonly callPages: CallPages;
  /** Folder with what the page is made of. */
  readonly pages: vscode.Uri;
  startCall(kid: string, video: boolean): Promise<void>;
  openInBrowser(callId: string): Promise<void>;
}

/** The bridge, as far as a call is told through it. */
interface CallTeller {
  emit<Name extends keyof CallEvents>(name: Name, data: CallEvents[Name]): void;
}

/** Milliseconds; a card's bar moves smoothly enough with this. */
const TRANSFERS_MS = 250;

/**
 * The chat with one agent in a panel of the editor: answers what its page asks, and tells it what
 * changes. It lives as long as the panel; what is said belongs to the engine.
 */
export class ChatPanel implements vscode.Disposable {
  private readonly held = new DisposableList();
  private readonly bridge: PageBridge<ChatOnlyRequests, ChatEvents>;
  private readonly readMark: ReadMark;
  private desk: CallDesk | undefined;
  private engine: unknown;
  private readonly told = new Map<string, string>();
  private wasSeen = false;
  private isClosed = false;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    readonly kid: string,
    private readonly parts: ChatPanelParts,
    private wantsFocus: boolean,
  ) {
    const { session, pages, highlighting } = parts;
    const { webview } = panel;
    webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [pages] };
    this.readMark = new ReadMark(
      () => panel.visible && panel.active && vscode.window.state.focused,
      (messageId) => session.engine().markRead({ kid, messageId }),
    );
    const uploads = new Uploads();
    this.bridge = this.held.add(
      new PageBridge<ChatOnlyRequests, ChatEvents>({
        port: webview,
        shapes: chatShapes,
        answers: {
          ...conversationAnswers(session, kid, this.readMark, () => {
            this.takeFocus();
          }),
          ...fileAnswers(kid, { ...parts, uploads }),
          ...editorAnswers(kid, parts),
          ...historyAnswers(kid, session),
          startCall: async ({ video }) => {
            await parts.startCall(kid, video);
            return null;
          },
        },
        desk: () => this.desk,
        warn: (line) => {
          session.log.warn(`Chat panel: ${line}`);
        },
      }),
    );
    this.held.add({ dispose: () => void uploads.dispose() });
    this.held.add({ dispose: () => void this.desk?.close() });
    const tellTransfers = () => {
      const { offers, transfers } = session.snapshot;
      this.tell('transfers', pageTransfers(kid, offers, transfers));
    };
    const transfersSoon = this.held.add(throttle(tellTransfers, TRANSFERS_MS));
    this.held.add(
      session.onDidHear((event) => {
        this.hear(event);
      }),
    );
    this.held.add(
      session.onDidChange(() => {
        this.follow();
        transfersSoon.call();
      }),
    );
    this.held.add(
      highlighting.onDidChange(() => {
        this.bridge.emit('theme', {});
      }),
    );
    const looked = () => void this.readMark.look().catch(() => undefined);
    this.held.add(panel.onDidChangeViewState(looked));
    this.held.add(vscode.window.onDidChangeWindowState(looked));
    const resource = (name: string) =>
      webview.asWebviewUri(vscode.Uri.joinPath(pages, name)).toString();
    webview.html = panelPage({
      cspSource: webview.cspSource,
      script: resource('chat.js'),
      style: resource('chat.css'),
      nonce: randomBytes(16).toString('hex'),
      kid,
    });
    this.follow();
  }

  get isVisible(): boolean {
    return this.panel.visible;
  }

  reveal(preserveFocus: boolean): void {
    this.panel.reveal(undefined, preserveFocus);
    if (!preserveFocus) this.bridge.emit('focus', {});
  }

  /**
   * The editor gives the focus to a panel before there is a page in it, where it is lost: somebody
   * who opened the chat would have to click into it before anything counts as read.
   */
  private takeFocus(): void {
    if (!this.wantsFocus) return;
    this.wantsFocus = false;
    if (this.panel.active) this.reveal(false);
  }

  dispose(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.held.dispose();
    this.panel.dispose();
  }

  /** The engine or the conversation changed. */
  private follow(): void {
    const { state, snapshot } = this.parts.session;
    const engine = state.kind === 'running' ? state.engine : undefined;
    if (engine !== this.engine) this.changeEngine();
    if (state.kind !== 'running') return;
    const agent = snapshot.agents.find(({ kid }) => kid === this.kid);
    if (agent === undefined) {
      // Removed: what was said with it went with it. One that was just paired is about to come.
      if (this.wasSeen) this.dispose();
      return;
    }
    this.wasSeen = true;
    const title = pickText(agent.name);
    if (this.panel.title !== title) this.panel.title = title;
    const chat = snapshot.chats.find(({ agent: { kid } }) => kid === this.kid);
    this.tell('chat', pageChat(agent, chat));
  }

  private changeEngine(): void {
    const { session, callPages } = this.parts;
    const { state } = session;
    void this.desk?.close();
    this.engine = state.kind === 'running' ? state.engine : undefined;
    const page: CallTeller = this.bridge;
    this.desk =
      state.kind !== 'running'
        ? undefined
        : new CallDesk({
            engine: state.engine,
            kid: this.kid,
            pages: callPages,
            page: { kind: 'panel' },
            agentName: () => displayText(this.agentName()),
            ringSound: () => session.state.kind === 'running' && session.state.settings.ringSound,
            carriesChat: true,
            tell: (name, data) => {
              page.emit(name, data);
            },
            openInBrowser: (callId) => this.parts.openInBrowser(callId),
            onNotOpened: (error) => {
              // A call that is over before its page is made says so itself.
              if (!(error instanceof PageRefusal)) void showFailure(session.log, error);
            },
          });
    if (this.desk !== undefined) this.bridge.emit('reload', {});
  }

  private agentName(): string {
    const { agents } = this.parts.session.snapshot;
    return agents.find(({ kid }) => kid === this.kid)?.name ?? this.panel.title;
  }

  private hear(event: EngineEvent): void {
    if (event.type === 'message' && event.message.kid === this.kid) {
      this.bridge.emit('message', pageMessage(event.message));
    }
    const isAnother =
      event.type === 'moved' || (event.type === 'messagesCleared' && event.kid === this.kid);
    if (isAnother) this.bridge.emit('reload', {});
  }

  /** Once for each that differs: most of what changes in the engine is about others. */
  private tell<Name extends 'chat' | 'transfers'>(name: Name, data: ChatEvents[Name]): void {
    const json = JSON.stringify(data);
    if (this.told.get(name) === json) return;
    this.told.set(name, json);
    this.bridge.emit(name, data);
  }
}
