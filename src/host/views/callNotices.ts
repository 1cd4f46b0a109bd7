import * as vscode from 'vscode';
import type { Call } from '../../core/callEvents';
import { isOn } from '../../pages/callPages';
import type { Calls } from '../calls';
import { DisposableList } from '../disposables';
import type { ChatPanels } from '../panel/chatPanels';
import { errorData } from '../errorData';
import type { Session } from '../session';
import { endedNotice, ringNotice, type RingAction } from '../text/callText';
import type { LinkNotices } from './linkNotices';
import { showBriefly, showFailure } from './messages';

export interface CallNoticesParts {
  readonly session: Session;
  readonly calls: Calls;
  readonly panels: ChatPanels;
  readonly notices: LinkNotices;
}

/**
 * Calls that ring, as notifications that leave by themselves when they are answered anywhere, and how
 * calls ended that nobody here ended.
 */
export class CallNotices implements vscode.Disposable {
  private readonly held = new DisposableList();
  private readonly ringing = new Map<string, AbortController>();
  /** Calls whose end was told: the engine tells an ended one once, but may move in between. */
  private readonly ended = new Set<string>();

  constructor(private readonly parts: CallNoticesParts) {
    const { session } = parts;
    this.held.add(
      session.onDidChange(() => {
        this.look();
      }),
    );
    this.held.add(
      session.onDidHear((event) => {
        if (event.type === 'calls') for (const call of event.calls) this.sayEnd(call);
      }),
    );
    this.held.add({
      dispose: () => {
        for (const over of this.ringing.values()) over.abort();
      },
    });
  }

  dispose(): void {
    this.held.dispose();
  }

  private look(): void {
    const { calls } = this.parts.session.snapshot;
    const rings = calls.filter(
      ({ direction, state }) => direction === 'in' && state.kind === 'ringing',
    );
    for (const [callId, over] of this.ringing) {
      if (rings.some((call) => call.callId === callId)) continue;
      this.ringing.delete(callId);
      over.abort();
    }
    for (const call of rings) if (!this.ringing.has(call.callId)) void this.ring(call);
  }

  private async ring(call: Call): Promise<void> {
    const over = new AbortController();
    this.ringing.set(call.callId, over);
    await this.parts.notices.show<RingAction>(
      {
        text: (link) => ringNotice(call, link),
        onAction: (action) => void this.act(call, action),
        // Rings on for the caller and in the other windows.
        closeLabel: 'Later',
      },
      over.signal,
    );
  }

  private async act(call: Call, action: RingAction): Promise<void> {
    const { calls, panels, session } = this.parts;
    try {
      if (action === 'decline') {
        await calls.decline(call);
        return;
      }
      await calls.accept(call, action === 'video');
      panels.show(call.agent);
    } catch (error) {
      // With two windows open this is everyday.
      const { code, message } = errorData(error);
      if (code === 'CALL_ANSWERED' || code === 'CALL_UNKNOWN') showBriefly(message);
      else await showFailure(session.log, error);
    }
  }

  private sayEnd(call: Call): void {
    if (isOn(call) || call.state.kind !== 'ended' || this.ended.has(call.callId)) return;
    this.ended.add(call.callId);
    // The panel of the call shows how it ended.
    if (call.direction === 'out' && this.parts.panels.visible().includes(call.agent.kid)) return;
    const text = endedNotice(call);
    if (text !== undefined) void this.say(call, text);
  }

  private async say({ agent, direction, media }: Call, text: string): Promise<void> {
    const { calls, panels, session } = this.parts;
    const again = direction === 'in' ? CALL_BACK : CALL_AGAIN;
    const choice = await vscode.window.showInformationMessage(text, again, CHAT);
    if (choice === undefined) return;
    try {
      if (choice === again) await calls.start(agent.kid, media.video);
      panels.show(agent);
    } catch (error) {
      await showFailure(session.log, error);
    }
  }
}

const CALL_BACK = 'Call Back';
const CALL_AGAIN = 'Call Again';
const CHAT = 'Chat';
