import { DisposableList, type Closable } from '../disposables';
import type { Session } from '../session';
import { throttle } from '../throttle';
import type { DroppedFolders } from './droppedFolders';

/** Removes what was dropped once it is sent, and what windows before this one left. */
export function sweepDropped(session: Session, dropped: DroppedFolders): Closable {
  const held = new DisposableList();
  const sweep = () => {
    // Without an engine nothing is known of any transfer.
    if (session.state.kind !== 'running') return;
    dropped.sweep(session.state.snapshot.transfers).catch((error: unknown) => {
      session.log.warn(`A dropped folder stays: ${String(error)}`);
    });
  };
  const soon = held.add(throttle(sweep, SWEEP_MS));
  held.add(
    session.onDidChange(() => {
      soon.call();
    }),
  );
  return held;
}

/** Milliseconds. */
const SWEEP_MS = 2000;
