import * as vscode from 'vscode';
import type { Agent } from '../../core/events';
import type { Session } from '../session';
import { MAX_FINGERPRINT } from '../text/agentText';
import { noticeText, pickText } from '../text/displayText';
import { cardText } from '../text/pairingText';
import { showBriefly } from '../views/messages';
import { rowKey } from '../views/treeRow';
import { askPick } from '../views/quickInput';

/** What can be done with a row of the *Agents* view. Each does nothing for an agent that is gone. */
export class AgentActions {
  constructor(private readonly session: Session) {}

  /** The paired agent that a row stands for. */
  of(element: unknown): Agent | undefined {
    const kid = rowKey('agent', element);
    return this.session.snapshot.agents.find((agent) => agent.kid === kid);
  }

  async allow(element: unknown, allowed: boolean): Promise<void> {
    const agent = this.of(element);
    if (agent === undefined) return;
    await this.session.engine().changeAgent(agent.kid, { allowed });
    showBriefly(
      allowed
        ? `Files from ${pickText(agent.name)} are saved without asking from now on.`
        : `You are asked again about files from ${pickText(agent.name)}.`,
    );
  }

  async block(element: unknown, blocked: boolean): Promise<void> {
    const agent = this.of(element);
    if (agent !== undefined) await this.session.engine().changeAgent(agent.kid, { blocked });
  }

  /** Both fingerprints, so that two people can read them to each other; choosing one copies it. */
  async compareFingerprint(element: unknown): Promise<void> {
    const agent = this.of(element);
    if (agent === undefined) return;
    const { self } = this.session.snapshot;
    const line = (fingerprint: string, detail: string, icon: string) => ({
      label: pickText(fingerprint, MAX_FINGERPRINT),
      detail,
      iconPath: new vscode.ThemeIcon(icon),
      value: fingerprint,
    });
    const answer = await askPick<string>({
      title: `Compare with ${cardText(agent)}`,
      placeholder: 'The other side must show these same two. Choose one to copy it',
      items: [
        line(agent.fingerprint, `The fingerprint of ${cardText(agent)}`, 'verified-filled'),
        ...(self.kind === 'ready'
          ? [line(self.fingerprint, 'Your own fingerprint', 'account')]
          : []),
      ],
    });
    if (answer.kind !== 'value') return;
    await vscode.env.clipboard.writeText(answer.value);
    showBriefly('The fingerprint is copied.');
  }

  async remove(element: unknown): Promise<void> {
    const agent = this.of(element);
    if (agent === undefined) return;
    const choice = await vscode.window.showWarningMessage(
      `Remove ${cardText(agent, noticeText)}? Its offers and transfers end, and to verify each other ` +
        'again you have to pair anew.',
      REMOVE,
      KEEP,
    );
    if (choice === REMOVE) await this.session.engine().removeAgent(agent.kid);
  }
}

const REMOVE = 'Remove';
const KEEP = 'Keep';
