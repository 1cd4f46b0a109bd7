import * as vscode from 'vscode';
import type { Agent } from '../core/events';
import { Answering } from './answering';
import { ApiKeys } from './apiKeys';
import { autoAccept } from './autoAccept';
import { Calls } from './calls';
import { clearApiKey, setApiKey } from './commands/apiKey';
import { AgentActions } from './commands/agentActions';
import { blockedAgents } from './commands/blockedAgents';
import { call, chat, clearChat, showUnread } from './commands/chat';
import { GrantActions } from './commands/grantActions';
import { pair } from './commands/pair';
import { pairLinks } from './commands/pairLink';
import { sendSelection } from './commands/sendSelection';
import { sendToAgent, sendToThisAgent } from './commands/sendToAgent';
import { setUp } from './commands/setUp';
import { TransferActions } from './commands/transferActions';
import { setTurnPassword } from './commands/turnPassword';
import { DisposableList } from './disposables';
import { engineNotices } from './engineNotices';
import { followSettings, readRawSettings } from './followSettings';
import { turnServers } from './iceSettings';
import { commands, internalCommands } from './ids';
import { logEvents } from './logEvents';
import { loadEngine } from './loadEngine';
import { Pairings } from './pairings';
import { CallPages } from '../pages/callPages';
import { attendance } from './panel/attendance';
import { ChatPanels } from './panel/chatPanels';
import { DroppedFolders } from './panel/droppedFolders';
import { Highlighting } from './panel/highlighting';
import { RecentEditor } from './panel/recentEditor';
import { sweepDropped } from './panel/sweepDropped';
import { homeFolder, profileStore } from './profile';
import { SentPaths } from './sentPaths';
import { Session } from './session';
import { resolveSettings } from './settings';
import { TurnPasswords } from './turnPasswords';
import { RecentAgents } from './views/agentPick';
import { agentsView } from './views/agentsView';
import { CallNotices } from './views/callNotices';
import { keepContextKeys } from './views/contextKeys';
import { LinkNotices } from './views/linkNotices';
import { showFailure } from './views/messages';
import { MessageNotices } from './views/messageNotices';
import { OfferNotices } from './views/offerNotices';
import { showOffers } from './views/offersPick';
import { resumeInterrupted } from './views/resumePick';
import { sessionProblems } from './views/sessionProblems';
import { statusBar } from './views/statusBar';
import { talkStatus } from './views/talkStatus';
import { TransferNotices } from './views/transferNotices';
import { showTransfers } from './views/transfersPick';
import { transfersView } from './views/transfersView';
import { turnNotice } from './views/turnNotice';
import { rowKey } from './views/treeRow';

let running: { readonly session: Session; readonly held: DisposableList } | undefined;

/** Puts the parts together. Cheap: nothing here reads a file or loads the network stack. */
export function activate(context: vscode.ExtensionContext): void {
  const held = new DisposableList();
  const log = held.add(vscode.window.createOutputChannel('Beeline', { log: true }));
  const home = homeFolder();
  const profiles = profileStore(home, (line) => {
    log.warn(line);
  });
  const keys = new ApiKeys(context.secrets);
  const turn = new TurnPasswords(context.secrets);
  const session = new Session({
    log,
    readProfile: () => profiles.read(),
    readSettings: async (profile) => {
      const raw = readRawSettings();
      const url = raw.atsUrl;
      const apiKey = typeof url === 'string' ? await keys.get(url) : undefined;
      const turnPassword = await turn.of(turnServers(raw.iceServers));
      return resolveSettings(raw, profile, { apiKey, turnPassword });
    },
    openEngine: (config) =>
      loadEngine().openEngine({
        home,
        config,
        version: (context.extension.packageJSON as { readonly version: string }).version,
        log: (line) => {
          log.debug(line);
        },
      }),
  });

  const links = held.add(new LinkNotices());
  const notices = held.add(new TransferNotices(session, links));
  const answering = new Answering(session, notices);
  const recent = new RecentAgents(context.globalState, session);
  const sending = { session, recent, notices, sent: new SentPaths(context.globalState) };
  const transfers = new TransferActions(session, answering, sending);

  const callPages = new CallPages();
  const files = vscode.Uri.joinPath(context.extensionUri, 'dist', 'pages');
  const calls = held.add(new Calls({ session, callPages, files: files.fsPath }));
  const dropped = new DroppedFolders(context.globalState);
  const panels = held.add(
    new ChatPanels({
      session,
      sending,
      transfers,
      callPages,
      pages: files,
      icons: vscode.Uri.joinPath(context.extensionUri, 'media'),
      dropped,
      highlighting: held.add(new Highlighting()),
      recentEditor: held.add(new RecentEditor()),
      startCall: (kid, video) => calls.start(kid, video),
      openInBrowser: (callId) => calls.openInBrowser(callId),
    }),
  );
  const chatting = { session, panels, calls };
  held.add(attendance(session, panels));
  held.add(sweepDropped(session, dropped));
  held.add(turnNotice(session));
  held.add(talkStatus(session, calls));
  held.add(new MessageNotices({ session, panels, notices: links }));
  held.add(new CallNotices({ session, calls, panels, notices: links }));

  const pairings = held.add(
    new Pairings({
      session,
      notices: links,
      memory: context.workspaceState,
      send: (agent) => sendToThisAgent(sending, agent),
      chat: (agent) => {
        panels.show(agent, { preserveFocus: true });
      },
    }),
  );
  held.add(keepContextKeys(session));
  held.add(statusBar(session));
  held.add(agentsView(session));
  held.add(transfersView(session));
  held.add(pairLinks({ session, pairings }));
  held.add(engineNotices(session));
  held.add(new OfferNotices(session, answering));
  held.add(autoAccept(session, answering));
  held.add(followSettings(session, keys));
  held.add(sessionProblems(session));
  held.add(logEvents(session, log));

  const register = (command: string, run: (...args: unknown[]) => Promise<void>) =>
    held.add(
      vscode.commands.registerCommand(command, (...args: unknown[]) =>
        run(...args).catch((error: unknown) => showFailure(log, error)),
      ),
    );
  register(commands.setUp, (invitedTo) =>
    setUp({ session, profiles }, typeof invitedTo === 'string' ? invitedTo : undefined),
  );
  register(commands.sendToAgent, (clicked, selected) => sendToAgent(sending, clicked, selected));
  register(commands.pair, () => pair({ session, pairings }));
  register(commands.showOffers, () => showOffers(session, answering));
  register(commands.showTransfers, () => showTransfers(session));
  register(commands.resumeInterrupted, () => resumeInterrupted(session));
  register(commands.blockedAgents, () => blockedAgents(session, answering));
  register(commands.setApiKey, () => setApiKey(keys, String(readRawSettings().atsUrl)));
  register(commands.clearApiKey, () => clearApiKey(keys, String(readRawSettings().atsUrl)));
  register(internalCommands.showUnread, () => showUnread(chatting));
  register(internalCommands.showCall, () => {
    const current = calls.current();
    if (current !== undefined) panels.show(current.agent);
    return Promise.resolve();
  });
  register(commands.chat, () => chat(chatting));
  register(commands.call, () => call(chatting, false));
  register(commands.callWithVideo, () => call(chatting, true));
  register(commands.hangUp, () => calls.hangUp());
  register(commands.sendSelection, () => sendSelection(chatting));
  register(commands.clearChat, () => clearChat(chatting));
  register(commands.setTurnPassword, () => setTurnPassword(turn, readRawSettings().iceServers));
  register(commands.showLog, () => {
    log.show(true);
    return Promise.resolve();
  });

  const agents = new AgentActions(session);
  const forAgent = (command: string, run: (agent: Agent) => Promise<void>) =>
    register(command, async (row) => {
      const agent = agents.of(row);
      if (agent !== undefined) await run(agent);
    });
  forAgent(commands.sendToThisAgent, (agent) => sendToThisAgent(sending, agent));
  forAgent(commands.chatWithAgent, (agent) => chat(chatting, agent));
  forAgent(commands.callAgent, (agent) => call(chatting, false, agent));
  forAgent(commands.callAgentWithVideo, (agent) => call(chatting, true, agent));
  forAgent(commands.clearChatWithAgent, (agent) => clearChat(chatting, agent));
  register(commands.allowAgent, (row) => agents.allow(row, true));
  register(commands.askAgain, (row) => agents.allow(row, false));
  register(commands.blockAgent, (row) => agents.block(row, true));
  register(commands.unblockAgent, (row) => agents.block(row, false));
  register(commands.compareFingerprint, (row) => agents.compareFingerprint(row));
  register(commands.removeAgent, (row) => agents.remove(row));
  register(commands.showPairing, (row) => pairings.takeUp(rowKey('pairing', row) ?? ''));
  register(commands.cancelPairing, (row) => pairings.cancel(rowKey('pairing', row) ?? ''));

  const grants = new GrantActions(session);
  register(commands.revealGrant, (row) => grants.reveal(row));
  register(commands.stopGrant, (row) => grants.stop(row));

  register(commands.answerOffer, (row) => transfers.answer(row));
  register(commands.acceptOffer, (row) => transfers.accept(row));
  register(commands.acceptOfferTo, (row) => transfers.acceptTo(row));
  register(commands.acceptOfferRemoving, (row) => transfers.acceptRemoving(row));
  register(commands.updateFromOffer, (row) => transfers.update(row));
  register(commands.declineOffer, (row) => transfers.decline(row));
  register(commands.previewOffer, (row) => transfers.preview(row));
  register(commands.cancelTransfer, (row) => transfers.cancel(row));
  register(commands.resumeTransfer, (row) => transfers.resume(row));
  register(commands.sendAgain, (row) => transfers.sendAgain(row));
  register(commands.openTransfer, (row) => transfers.open(row));
  register(commands.revealTransfer, (row) => transfers.reveal(row));
  register(commands.copyTransferError, (row) => transfers.copyError(row));
  register(commands.copyTransferId, (row) => transfers.copyId(row));

  running = { session, held };
  void session.refresh();
}

/** The editor waits for this a few seconds; the engine hands over to the next window meanwhile. */
export async function deactivate(): Promise<void> {
  const ending = running;
  running = undefined;
  ending?.held.dispose();
  await ending?.session.close();
}
