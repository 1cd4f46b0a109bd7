import * as vscode from 'vscode';
import { DisposableList, type Closable } from '../disposables';
import { views } from '../ids';
import type { Session } from '../session';
import { transferRows } from '../text/transferText';
import { countText } from '../text/wording';
import { throttle } from '../throttle';
import { LiveTree } from './liveTree';

/** Offers that wait, transfers that run, and how the last ones ended. */
export function transfersView(session: Session): Closable {
  const held = new DisposableList();
  const tree = held.add(
    new LiveTree(() => transferRows(session.snapshot.offers, session.snapshot.transfers)),
  );
  const view = held.add(vscode.window.createTreeView(views.transfers, { treeDataProvider: tree }));
  const draw = () => {
    tree.redraw();
    const waiting = session.snapshot.offers.length;
    if ((view.badge?.value ?? 0) === waiting) return;
    const tooltip = `${countText(waiting, 'offer')} to answer`;
    view.badge = waiting === 0 ? undefined : { value: waiting, tooltip };
  };
  const soon = held.add(throttle(draw, REDRAW_MS));
  held.add(
    session.onDidChange(() => {
      soon.call();
    }),
  );
  draw();
  return held;
}

/** Milliseconds; progress comes ten times a second, and nobody reads percents that fast. */
const REDRAW_MS = 1000;
