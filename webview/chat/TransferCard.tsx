import type { JSX } from 'preact';
import type { PageTransfer, TransferAction } from '../../src/bridge/chatPage';
import { act, type ChatContext } from './chatContext';
import { Icon } from './Icon';
import { visibleText } from './visibleText';

/** A transfer in the thread: what it is, how far it is, and what can be done. */
export function TransferCard({ context, transfer }: TransferCardProps): JSX.Element {
  if (transfer === undefined) {
    return (
      <div class="card is-missing">
        <Icon name="question" />
        <div class="card-title">This transfer is not here</div>
      </div>
    );
  }
  const { transferId, title, status, progress, state, actions } = transfer;
  return (
    <div class={`card is-${state}`}>
      <Icon name={iconOf(transfer)} />
      <div class="card-title">{visibleText(title)}</div>
      <div class="card-status">{visibleText(status)}</div>
      {progress !== undefined && <Progress label={title} value={progress} />}
      {actions.length > 0 && (
        <div class="card-actions">
          {actions.map((action, index) => (
            <button
              key={action}
              type="button"
              class={index === 0 && state === 'offered' ? 'button' : 'button is-secondary'}
              onClick={() => {
                act(context, 'transferAction', { transferId, action });
              }}
            >
              {ACTIONS[action]}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

interface TransferCardProps {
  readonly context: ChatContext;
  /** Absent: unknown here, or not of this agent. */
  readonly transfer: PageTransfer | undefined;
}

const ACTIONS: Record<TransferAction, string> = {
  accept: 'Accept',
  acceptTo: 'Accept to…',
  decline: 'Decline',
  cancel: 'Cancel',
  resume: 'Resume',
  open: 'Open',
  reveal: 'Reveal',
};

function iconOf({ state, direction }: PageTransfer): string {
  switch (state) {
    case 'completed':
      return 'pass';
    case 'failed':
      return 'error';
    case 'stopped':
      return 'debug-pause';
    case 'offered':
    case 'running':
      return direction === 'send' ? 'cloud-upload' : 'cloud-download';
  }
}

export function Progress({ label, value }: ProgressProps): JSX.Element {
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div
      class="progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <div class="progress-done" style={{ width: `${String(percent)}%` }} />
    </div>
  );
}

interface ProgressProps {
  readonly label: string;
  /** 0 to 1. */
  readonly value: number;
}
