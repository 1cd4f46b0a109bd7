import type { Engine } from '../../core/engine';
import { fromData } from '../../core/errors';
import type { Session } from '../session';
import { refusals } from './refusals';

/**
 * The engine, once it runs: a panel that the editor brings back after a reload asks before it does.
 * @throws NOT_READY, or why it does not run
 */
export function whenRunning(session: Session): Promise<Engine> {
  return new Promise((resolve, reject) => {
    const look = (): boolean => {
      const { state } = session;
      switch (state.kind) {
        case 'running':
          resolve(state.engine);
          return true;
        case 'failed':
          reject(fromData(state.error));
          return true;
        case 'notSetUp':
          reject(refusals.notReady());
          return true;
        case 'unknown':
        case 'starting':
          return false;
      }
    };
    if (look()) return;
    const listening = session.onDidChange(() => {
      if (look()) listening.dispose();
    });
  });
}
