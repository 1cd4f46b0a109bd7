import * as vscode from 'vscode';
import type { TransferAction } from '../../bridge/chatPage';
import { newId } from '../../core/newId';
import { askUris, pathsOf } from '../commands/chosenPaths';
import { sendInChat, type Sending } from '../commands/sendToAgent';
import type { TransferActions } from '../commands/transferActions';
import { pickText } from '../text/displayText';
import { pageTransfers } from '../text/transferCard';
import { showFailure } from '../views/messages';
import { agentOf } from './chatAnswers';
import type { ChatOnlyRequests } from './chatShapes';
import type { DroppedFolders } from './droppedFolders';
import type { Answers } from './pageBridge';
import { refusals } from './refusals';
import type { Dropped, Uploads } from './uploads';

export type FileRequests = Pick<
  ChatOnlyRequests,
  'pickFiles' | 'dropUris' | 'uploadBegin' | 'uploadChunk' | 'uploadEnd' | 'transferAction'
>;

export interface FileParts {
  readonly sending: Sending;
  readonly transfers: TransferActions;
  readonly uploads: Uploads;
  readonly dropped: DroppedFolders;
}

/** Files in a conversation: each sending is an offer like any other, and a message that names it. */
export function fileAnswers(kid: string, parts: FileParts): Answers<FileRequests> {
  const { sending, transfers, uploads, dropped } = parts;
  const { session } = sending;

  const refer = async (transferId: string): Promise<void> => {
    const messageId = newId();
    await session.engine().sendMessage({ kid, messageId, body: { kind: 'file', transferId } });
  };
  const send = async (uris: readonly vscode.Uri[], alwaysAsk: boolean): Promise<void> => {
    const agent = agentOf(session, kid);
    const chosen = await pathsOf(uris);
    const inChat = { ...sending, alwaysAsk, onOffered: refer };
    // The page is answered at once: how it goes on is in the thread.
    sendInChat(inChat, chosen, agent).catch((error: unknown) => showFailure(session.log, error));
  };
  /** What arrived as a whole; the person dropped it just now, so nothing is asked again. */
  const sendDropped = async ({ paths, folder }: Dropped): Promise<void> => {
    const transferId = newId();
    // Remembered before anything can fail in between.
    await dropped.keep(transferId, folder);
    try {
      const { actorId } = agentOf(session, kid);
      await session.engine().offer({ transferId, paths, recipientId: actorId, agent: kid });
    } catch (error) {
      await dropped.release(transferId);
      throw error;
    }
    await refer(transferId);
    void sending.notices.follow({ transferIds: [transferId], quiet: true });
  };

  return {
    pickFiles: async () => {
      trusted();
      const { name } = agentOf(session, kid);
      await send(await askUris(`Send to ${pickText(name)}`), false);
      return null;
    },
    dropUris: async ({ uris }) => {
      trusted();
      const found = uris.map(localUri);
      // Outside of what is open here nobody has seen the name of what was dragged.
      const isOpenHere = found.every(
        (uri) => vscode.workspace.getWorkspaceFolder(uri) !== undefined,
      );
      await send(found, !isOpenHere);
      return null;
    },
    uploadBegin: async ({ uploadId, files }) => {
      trusted();
      await uploads.begin(uploadId, files);
      return null;
    },
    uploadChunk: async ({ uploadId, file, offset, bytes }) => {
      await uploads.chunk(uploadId, file, offset, Buffer.from(bytes, 'base64'));
      return null;
    },
    uploadEnd: async ({ uploadId, cancel }) => {
      if (cancel) await uploads.cancel(uploadId);
      else await sendDropped(await uploads.end(uploadId));
      return null;
    },
    transferAction: async ({ transferId, action }) => {
      const { offers, transfers: known } = session.snapshot;
      const card = pageTransfers(kid, offers, known).find((each) => each.transferId === transferId);
      // Somebody else's transfer and none at all look the same.
      if (card?.actions.includes(action) !== true) throw refusals.transferGone();
      await act(transfers, transferId, action);
      return null;
    },
  };
}

async function act(
  transfers: TransferActions,
  transferId: string,
  action: TransferAction,
): Promise<void> {
  const offer = { id: `offer:${transferId}` };
  const transfer = { id: `transfer:${transferId}` };
  switch (action) {
    case 'accept':
      // Follows the transfer to its end, which the page does not wait for.
      void transfers.accept(offer);
      return;
    case 'acceptTo':
      void transfers.acceptTo(offer);
      return;
    case 'decline':
      return transfers.decline(offer);
    case 'cancel':
      return transfers.cancel(transfer);
    case 'resume':
      return transfers.resume(transfer);
    case 'open':
      return transfers.open(transfer);
    case 'reveal':
      return transfers.reveal(transfer);
  }
}

/** @throws RESTRICTED: in a folder that is not trusted, what runs there could choose what is sent */
function trusted(): void {
  if (!vscode.workspace.isTrusted) throw refusals.notTrusted();
}

/** A remote window names files of its machine, which is this one, with the scheme of the remote. */
function localUri(written: string): vscode.Uri {
  let uri: vscode.Uri;
  try {
    uri = vscode.Uri.parse(written, true);
  } catch {
    throw refusals.upload('it has no address that can be read');
  }
  return uri.scheme === 'vscode-remote' && vscode.env.remoteName !== undefined
    ? vscode.Uri.file(uri.path)
    : uri;
}
