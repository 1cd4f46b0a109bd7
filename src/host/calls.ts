import * as vscode from 'vscode';
import type { Call } from '../core/callEvents';
import { newId } from '../core/newId';
import type { CallPageServer } from '../pages/callPageServer';
import { isOn, type CallPages } from '../pages/callPages';
import { loadEngine } from './loadEngine';
import { refusals } from './panel/refusals';
import type { Session } from './session';
import { displayText, sentenceText } from './text/displayText';

export interface CallsParts {
  readonly session: Session;
  readonly callPages: CallPages;
  /** Folder with what the pages are made of, on this machine. */
  readonly files: string;
}

/** What a person does with calls, wherever they ask for it: commands, notifications, the panel. */
export class Calls implements vscode.Disposable {
  /** By call: the page that was opened last, for as long as it is served. */
  private readonly servers = new Map<string, CallPageServer>();

  constructor(private readonly parts: CallsParts) {}

  /** The call that rings out or is on; a home has one at most. */
  current(): Call | undefined {
    return this.parts.session.snapshot.calls.find(isOn);
  }

  async start(kid: string, video: boolean): Promise<void> {
    const callId = newId();
    const engine = this.parts.session.engine();
    await this.parts.callPages.begin(callId, () => engine.call({ callId, kid, media: { video } }));
  }

  async accept({ callId }: Call, video: boolean): Promise<void> {
    const engine = this.parts.session.engine();
    const decision = { kind: 'accept', media: { video } } as const;
    await this.parts.callPages.begin(callId, () => engine.answerCall({ callId, decision }));
  }

  async decline({ callId }: Call): Promise<void> {
    await this.parts.session.engine().answerCall({ callId, decision: { kind: 'decline' } });
  }

  async hangUp(): Promise<void> {
    const call = this.current();
    if (call !== undefined) await this.parts.session.engine().hangUp({ callId: call.callId });
  }

  /** Serves the page of a call on loopback, and opens it in the person's browser. */
  async openInBrowser(callId: string): Promise<void> {
    const { session, callPages, files } = this.parts;
    const call = this.live(callId);
    const server = await loadEngine().openCallPage({
      engine: session.engine(),
      kid: call.agent.kid,
      callId,
      agentName: displayText(call.agent.name),
      files,
      // In a remote window the browser is on another machine, and the editor knows the way.
      asExternal: async (url) =>
        (await vscode.env.asExternalUri(vscode.Uri.parse(url, true))).toString(true),
      ringSound: session.state.kind === 'running' && session.state.settings.ringSound,
      pages: callPages,
      log: (line) => {
        session.log.info(line);
      },
      onWarning: (sentence) => {
        void vscode.window.showWarningMessage(sentenceText(sentence));
      },
    });
    // Of a call there is one page: the tab that was asked for last is the one that is meant.
    void this.servers.get(callId)?.close();
    this.servers.set(callId, server);
    void server.closed.then(() => {
      if (this.servers.get(callId) === server) this.servers.delete(callId);
    });
    try {
      // It may have ended while its page was made.
      this.live(callId);
      const opened = await vscode.env.openExternal(vscode.Uri.parse(server.url, true));
      if (!opened) await server.close();
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  dispose(): void {
    for (const server of this.servers.values()) void server.close();
  }

  /** @throws PageRefusal when the call is over */
  private live(callId: string): Call {
    const call = this.parts.session.snapshot.calls.find((each) => each.callId === callId);
    if (call === undefined || !isOn(call)) throw refusals.callOver();
    return call;
  }
}
