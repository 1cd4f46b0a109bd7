import type { Engine } from '../../core/engine';
import { newId } from '../../core/newId';
import { DisposableList, type Closable } from '../disposables';
import type { Session } from '../session';
import type { ChatPanels } from './chatPanels';

/**
 * Says to the engine that somebody is here who takes chats and calls, and which chats they look at:
 * as long as this window lives, since its notifications tell of both with no panel open.
 */
export function attendance(session: Session, panels: ChatPanels): Closable {
  const held = new DisposableList();
  const shellId = newId();
  let engine: Engine | undefined;
  let told = '';
  const look = () => {
    const { state } = session;
    if (state.kind !== 'running') {
      engine = undefined;
      return;
    }
    const open = panels.visible();
    const saying = JSON.stringify(open);
    if (engine === state.engine && told === saying) return;
    engine = state.engine;
    told = saying;
    engine.attend({ shellId, chats: true, calls: true, open }).catch((error: unknown) => {
      // Said again with the next change; meanwhile others may attend.
      told = '';
      session.log.debug(`Attending failed: ${String(error)}`);
    });
  };
  held.add(session.onDidChange(look));
  held.add(panels.onDidChange(look));
  look();
  return held;
}
