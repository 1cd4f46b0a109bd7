import * as vscode from 'vscode';
import { DisposableList, type Closable } from '../disposables';
import { views } from '../ids';
import type { Session } from '../session';
import { agentRow, agentsInOrder } from '../text/agentText';
import { displayText } from '../text/displayText';
import { grantRow } from '../text/grantText';
import { pairingRow } from '../text/pairingText';
import { unreadIn } from '../text/chatText';
import { countText } from '../text/wording';
import { throttle } from '../throttle';
import { LiveTree } from './liveTree';

/** The paired agents with the folders they keep in step, below the pairings that are under way. */
export function agentsView(session: Session): Closable {
  const held = new DisposableList();
  const tree = held.add(
    new LiveTree(() => {
      const { agents, pairings, grants, chats, calls } = session.snapshot;
      const now = Date.now();
      return [
        ...pairings.flatMap((pairing) => pairingRow(pairing, now) ?? []),
        ...agentsInOrder(agents).map((agent) => ({
          ...agentRow(agent, now, {
            chat: chats.find((chat) => chat.agent.kid === agent.kid),
            call: calls.find((call) => call.agent.kid === agent.kid && call.state.kind !== 'ended'),
          }),
          children: grants.filter((grant) => grant.agent.kid === agent.kid).map(grantRow),
        })),
      ];
    }),
  );
  const view = held.add(vscode.window.createTreeView(views.agents, { treeDataProvider: tree }));
  const draw = () => {
    tree.redraw();
    const message = problem(session);
    if ((view.message ?? '') !== message) view.message = message;
    const { count, tooltip } = waiting(session);
    if ((view.badge?.value ?? 0) !== count) {
      view.badge = count === 0 ? undefined : { value: count, tooltip };
    }
  };
  const soon = held.add(throttle(draw, REDRAW_MS));
  held.add(
    session.onDidChange(() => {
      soon.call();
    }),
  );
  // *Last seen 5 min ago* gets old by itself, and an invite's time runs out.
  const ticking = setInterval(() => {
    if (view.visible) soon.call();
  }, TICK_MS);
  held.add({
    dispose: () => {
      clearInterval(ticking);
    },
  });
  draw();
  return held;
}

/** What wants to be looked at here: fingerprints to compare, and messages that nobody has read. */
function waiting({ snapshot }: Session): { readonly count: number; readonly tooltip: string } {
  const asking = snapshot.pairings.filter(({ state }) => state.kind === 'confirm').length;
  const unread = unreadIn(snapshot.chats);
  const texts = [
    ...(asking > 0 ? [`${countText(asking, 'agent')} to compare fingerprints with`] : []),
    ...(unread > 0 ? [countText(unread, 'unread message')] : []),
  ];
  return { count: asking + unread, tooltip: texts.join(', ') };
}

/** Why there are no paired agents, when that is not because nobody was paired; empty otherwise. */
function problem({ state }: Session): string {
  if (state.kind !== 'running') return '';
  const { self } = state.snapshot;
  return self.kind === 'unavailable' ? displayText(self.error.message, MAX_MESSAGE) : '';
}

const REDRAW_MS = 250;
const TICK_MS = 1000;
/** Characters; the longest of our own sentences with a path in it. */
const MAX_MESSAGE = 600;
