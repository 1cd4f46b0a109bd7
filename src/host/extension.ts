import * as vscode from 'vscode';
import { Answering } from './answering';
import { ApiKeys } from './apiKeys';
import { autoAccept } from './autoAccept';
import { clearApiKey, setApiKey } from './commands/apiKey';
import { blockedAgents } from './commands/blockedAgents';
import { sendToAgent } from './commands/sendToAgent';
import { setUp } from './commands/setUp';
import { DisposableList } from './disposables';
import { followSettings, readRawSettings } from './followSettings';
import { commands } from './ids';
import { logEvents } from './logEvents';
import { loadEngine } from './loadEngine';
import { homeFolder, profileStore } from './profile';
import { Session } from './session';
import { resolveSettings } from './settings';
import { RecentAgents } from './views/agentPick';
import { showFailure } from './views/messages';
import { OfferNotices } from './views/offerNotices';
import { showOffers } from './views/offersPick';
import { sessionProblems } from './views/sessionProblems';
import { statusBar } from './views/statusBar';
import { TransferNotices } from './views/transferNotices';
import { showTransfers } from './views/transfersPick';

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
  const session = new Session({
    log,
    readProfile: () => profiles.read(),
    readSettings: async (profile) => {
      const raw = readRawSettings();
      const url = raw.atsUrl;
      const apiKey = typeof url === 'string' ? await keys.get(url) : undefined;
      return resolveSettings(raw, profile, apiKey);
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

  const notices = held.add(new TransferNotices(session));
  const answering = new Answering(session, notices);
  const recent = new RecentAgents(context.globalState, session);
  held.add(statusBar(session));
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
  register(commands.setUp, () => setUp({ session, profiles }));
  register(commands.sendToAgent, (clicked, selected) =>
    sendToAgent({ session, recent, notices }, clicked, selected),
  );
  register(commands.showOffers, () => showOffers(session, answering));
  register(commands.showTransfers, () => showTransfers(session));
  register(commands.blockedAgents, () => blockedAgents(session, answering));
  register(commands.setApiKey, () => setApiKey(keys, String(readRawSettings().atsUrl)));
  register(commands.clearApiKey, () => clearApiKey(keys, String(readRawSettings().atsUrl)));
  register(commands.showLog, () => {
    log.show(true);
    return Promise.resolve();
  });

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
