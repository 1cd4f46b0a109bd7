import * as vscode from 'vscode';
import type { IncomingOffer } from '../../core/events';
import type { Answering } from '../answering';
import { DisposableList } from '../disposables';
import { commands } from '../ids';
import type { Session } from '../session';
import { pickText } from '../text/displayText';
import {
  acceptText,
  asksToRemove,
  asksToUpdate,
  canPreview,
  heldPick,
  offerPick,
  REMOVING,
} from '../text/offerText';
import { trustIcon, trustSentence } from '../text/senderText';
import { icon } from './liveTree';
import { openSettings } from './messages';
import { answerOf, offerButtons, PREVIEW } from './offerButtons';
import { showFiles } from './previewPick';
import { askPick } from './quickInput';
import { showStartFailure } from './sessionProblems';

type Chosen =
  | { readonly kind: 'offer'; readonly offer: IncomingOffer }
  | { readonly kind: 'held' }
  | { readonly kind: 'run'; readonly run: () => PromiseLike<unknown> };

interface Item extends vscode.QuickPickItem {
  readonly chosen?: Chosen;
}

/** What stands behind the status bar: offers first, then ways on. Follows what happens meanwhile. */
export async function showOffers(session: Session, answering: Answering): Promise<void> {
  if (session.state.kind === 'failed') return showStartFailure(session, session.state.error);
  const chosen = await pickLive(session, () => mainItems(session), answering);
  if (chosen?.kind === 'run') await chosen.run();
  else if (chosen?.kind === 'offer') await askOffer(session, chosen.offer, answering);
  else if (chosen?.kind === 'held') await showHeld(session, answering);
}

/** Offers of strangers that ask too often, each sender to be blocked with one click. */
async function showHeld(session: Session, answering: Answering): Promise<void> {
  const items = () => session.snapshot.offers.filter(({ held }) => held).map(offerItem);
  const chosen = await pickLive(session, items, answering);
  if (chosen?.kind === 'offer') await askOffer(session, chosen.offer, answering);
}

function mainItems(session: Session): readonly Item[] {
  const { offers, service } = session.snapshot;
  const announced = offers.filter(({ held }) => !held);
  const held = offers.filter((offer) => offer.held);
  const none: Item = {
    label: 'No offers right now',
    description:
      service.kind === 'unreachable'
        ? 'The service cannot be reached; Beeline keeps trying'
        : 'What agents offer you appears here',
    chosen: { kind: 'run', run: () => Promise.resolve() },
  };
  return [
    ...(offers.length === 0 ? [none] : announced.map(offerItem)),
    ...(held.length === 0
      ? []
      : [
          {
            ...heldPick(held, announced.length > 0),
            iconPath: new vscode.ThemeIcon('mention'),
            chosen: heldChosen,
          },
        ]),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    way('Send Files or a Folder…', 'send', commands.sendToAgent),
    way('Show Transfers', 'history', commands.showTransfers),
    ...(session.snapshot.blocked.length > 0
      ? [way('Blocked Agents', 'circle-slash', commands.blockedAgents)]
      : []),
    {
      label: 'Settings',
      iconPath: new vscode.ThemeIcon('gear'),
      chosen: { kind: 'run', run: openSettings },
    },
  ];
}

const heldChosen: Chosen = { kind: 'held' };

function way(label: string, icon: string, command: string): Item {
  return {
    label,
    iconPath: new vscode.ThemeIcon(icon),
    chosen: { kind: 'run', run: () => vscode.commands.executeCommand(command) },
  };
}

function offerItem(offer: IncomingOffer): Item {
  return {
    ...offerPick(offer),
    iconPath: icon(trustIcon(offer.trust)),
    buttons: offerButtons(offer),
    chosen: { kind: 'offer', offer },
  };
}

/** A quick pick whose items follow the session while it is open. */
function pickLive(
  session: Session,
  items: () => readonly Item[],
  answering: Answering,
): Promise<Chosen | undefined> {
  const held = new DisposableList();
  const pick = held.add(vscode.window.createQuickPick<Item>());
  pick.title = 'Beeline';
  pick.placeholder = 'Choose an offer to answer it';
  pick.matchOnDescription = true;
  let drawn = '';
  const draw = () => {
    const next = items();
    // Redrawing moves the person's selection, so only what looks different is redrawn.
    const looks = JSON.stringify(
      next.map(({ label, description, detail }) => [label, description, detail]),
    );
    if (looks !== drawn) pick.items = next;
    drawn = looks;
  };
  draw();
  return new Promise<Chosen | undefined>((resolve) => {
    held.add(session.onDidChange(draw));
    held.add(
      pick.onDidTriggerItemButton(({ item, button: pressed }) => {
        if (item.chosen?.kind === 'offer') press(pressed, item.chosen.offer, session, answering);
      }),
    );
    held.add(
      pick.onDidAccept(() => {
        resolve(pick.selectedItems[0]?.chosen);
      }),
    );
    held.add(
      pick.onDidHide(() => {
        resolve(undefined);
      }),
    );
    pick.show();
  }).finally(() => {
    held.dispose();
  });
}

function press(
  pressed: vscode.QuickInputButton,
  offer: IncomingOffer,
  session: Session,
  answering: Answering,
): void {
  if (pressed === PREVIEW) void showFiles(session, answering, offer);
  else void answerOf(pressed, offer, answering)?.();
}

/** One offer in full, for whoever wants to know more before answering. */
export async function askOffer(
  session: Session,
  offer: IncomingOffer,
  answering: Answering,
): Promise<void> {
  const { label, description } = offerPick(offer);
  const sender = pickText(offer.senderId);
  const answer = await askPick<() => Promise<void>>({
    title: `${label}, ${description}`,
    placeholder: pickText(trustSentence(offer), MAX_SENTENCE),
    items: [
      {
        label: 'Accept',
        description: acceptText(offer, 'the save folder'),
        value: () => answering.accept(offer),
      },
      ...(asksToRemove(offer)
        ? [
            {
              label: 'Accept with Removing',
              description: REMOVING,
              value: () => answering.accept(offer, { mayDelete: true }),
            },
          ]
        : []),
      ...(asksToUpdate(offer)
        ? [
            {
              label: 'Update',
              description: `Bring ${pickText(offer.updates ?? '', MAX_PATH)} up to date`,
              value: () => answering.update(offer),
            },
          ]
        : []),
      {
        label: 'Accept to…',
        description: 'Choose the folder',
        value: () => answering.acceptTo(offer),
      },
      ...(canPreview(offer)
        ? [
            {
              label: 'Show Files',
              description: 'Look at the list before you answer',
              value: () => showFiles(session, answering, offer),
            },
          ]
        : []),
      {
        label: 'Decline',
        description: `Tell ${sender} that you do not want it`,
        value: () => answering.decline(offer),
      },
      {
        label: `Block ${sender}`,
        description: 'Nothing from this agent is shown any more',
        value: () => answering.blockSender(offer),
      },
    ],
  });
  if (answer.kind === 'value') await answer.value();
}

/** Characters: our sentence, with a whole fingerprint in it. */
const MAX_SENTENCE = 240;
/** Characters of a path on this disk; its end says most. */
const MAX_PATH = 160;
