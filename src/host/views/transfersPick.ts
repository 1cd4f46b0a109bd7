import * as vscode from 'vscode';
import { isEnded, type Transfer } from '../../core/events';
import type { Session } from '../session';
import { contentName, contentSize } from '../text/contentText';
import { pickText } from '../text/displayText';
import { waitsForPerson } from '../text/interruptedText';
import { stateText } from '../text/transferText';
import { showFailure } from './messages';
import { openFile, revealFile } from './openFile';
import { askPick } from './quickInput';

type Action = () => PromiseLike<unknown>;

/** Running and recent transfers; choosing one shows what can be done with it. */
export async function showTransfers(session: Session): Promise<void> {
  const { transfers } = session.snapshot;
  if (transfers.length === 0) {
    await vscode.window.showInformationMessage(
      'No transfers yet. Right-click a file or folder in the Explorer and choose Send to Agent… to begin.',
    );
    return;
  }
  const answer = await askPick<Transfer>({
    title: 'Beeline: Transfers',
    placeholder: 'Choose a transfer to cancel it, open its file or read what went wrong',
    items: transfers.map((transfer) => ({ ...transferItem(transfer), value: transfer })),
  });
  if (answer.kind !== 'value') return;
  const action = await askAction(session, answer.value);
  try {
    await action?.();
  } catch (error) {
    await showFailure(session.log, error);
  }
}

async function askAction(session: Session, transfer: Transfer): Promise<Action | undefined> {
  const items = actionsOf(session, transfer);
  const { label, detail } = transferItem(transfer);
  const answer = await askPick<Action>({ title: label, placeholder: detail, items });
  return answer.kind === 'value' ? answer.value : undefined;
}

function actionsOf(
  session: Session,
  transfer: Transfer,
): readonly (vscode.QuickPickItem & { value: Action })[] {
  const { state, transferId } = transfer;
  const copyId = {
    label: 'Copy Transfer Id',
    description: 'Names this transfer in the log and at the task service',
    value: () => vscode.env.clipboard.writeText(transferId),
  };
  if (!isEnded(transfer)) {
    const cancel = {
      label: 'Cancel',
      description: 'Ends it on both sides',
      value: () => session.engine().cancel(transferId),
    };
    const resume = {
      label: 'Resume',
      description: waitsForPerson(transfer)
        ? 'Goes on where it stopped'
        : 'Tries at once instead of when the other side is back',
      value: () => session.engine().resume(transferId),
    };
    return state.kind === 'interrupted' ? [resume, cancel, copyId] : [cancel, copyId];
  }
  if (state.kind === 'completed') {
    const { path, sha256, treeHash } = state.result;
    const hash = sha256 ?? treeHash ?? '';
    const copyHash = {
      label: sha256 === undefined ? 'Copy Tree Hash' : 'Copy SHA-256',
      description: hash,
      value: () => vscode.env.clipboard.writeText(hash),
    };
    if (path === undefined) return [copyHash, copyId];
    const description = pickText(path);
    return [
      { label: 'Open', description, value: () => openFile(path) },
      { label: 'Reveal', description, value: () => revealFile(path) },
      copyHash,
      copyId,
    ];
  }
  const message = state.kind === 'failed' ? state.error.message : '';
  const copyError = {
    label: 'Copy Error',
    description: pickText(message),
    value: () => vscode.env.clipboard.writeText(message),
  };
  return [copyError, copyId];
}

function transferItem(transfer: Transfer): { label: string; description: string; detail: string } {
  const peer = pickText(transfer.peerId);
  const icon = transfer.direction === 'send' ? '$(arrow-up)' : '$(arrow-down)';
  const where = transfer.direction === 'send' ? `to ${peer}` : `from ${peer}`;
  return {
    label: `${icon} ${contentName(transfer)}`,
    description: `${contentSize(transfer)} ${where}`,
    detail: upperFirst(stateText(transfer)),
  };
}

function upperFirst(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
