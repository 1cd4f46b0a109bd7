import type { Transfer } from '../core/events';
import type { StateReport } from './output/folderReport';
import { aboutOf } from './transferWatch';

/** Where a transfer stands, as the terminal tells it. */
export function stateReport(transfer: Transfer): StateReport {
  const { state } = transfer;
  return {
    event: 'state',
    ...aboutOf(transfer),
    fileSize: transfer.fileSize,
    state: state.kind,
    ...((state.kind === 'interrupted' || state.kind === 'failed') && { ...state.error }),
    ...(state.kind === 'interrupted' && { resumes: state.resumes }),
  };
}
