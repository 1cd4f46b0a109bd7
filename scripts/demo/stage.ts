import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { WorkbenchVersion } from '../../test/support/workbench/ensureCodeServer';
import { startWorkbench, type Workbench } from '../../test/support/workbench/workbench';
import { JsonProcess, type JsonEvent } from './jsonProcess';
import { writeSamples } from './writeSamples';

/** Who takes part in the demo, and where their things are. */
export interface Stage {
  readonly hubUrl: string;
  readonly workbench: Workbench;
  /** The editor's. */
  readonly actorId: string;
  /** Opened in the editor. */
  readonly workspace: string;
  /** Where the editor saves. */
  readonly editorSaves: string;
  /** Listens, and accepts what comes; after a restart another one. */
  readonly agent: JsonProcess;
  /** Kills it as a crash does, without a word to anybody, and tells once it is dead. */
  killAgent(): Promise<void>;
  /** Starts it as it was started before, and tells once it listens. */
  startAgent(): Promise<void>;
  readonly agentSaves: string;
  /** Hears what the agent tells from now on. Returns the function that ends hearing. */
  hearAgent(listener: (event: JsonEvent) => void): () => void;
  /** What the agent has to send back, before pairing and after. */
  readonly reply: string;
  readonly verifiedReply: string;
  /** The arguments with which agent-b listens, sends to the editor, pairs with it, and talks. */
  readonly listenArgs: readonly string[];
  readonly sendArgs: (file: string) => readonly string[];
  readonly pairArgs: readonly string[];
  readonly chatArgs: readonly string[];
  readonly callArgs: readonly string[];
  /** Has agent-b offer a file to the editor. */
  send(file: string): JsonProcess;
  /** Has agent-b use an invite of the editor's person, and confirm what it is shown. */
  useInvite(code: string): JsonProcess;
  /** Has agent-b chat with the editor: what it is to say is written to it. */
  chat(): JsonProcess;
  /** Has agent-b call the editor; it tells where its page is. */
  call(): JsonProcess;
}

export const AGENT = 'agent-b';
const EDITOR = 'editor-a';

/** Sets everything up, as a team would by hand, and takes it all down again. */
export async function withStage(
  options: {
    readonly vsix: string;
    readonly log: (line: string) => void;
    readonly version?: WorkbenchVersion;
  },
  play: (stage: Stage) => Promise<void>,
): Promise<void> {
  const { log } = options;
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'beeline-demo-'));
  const closing: (() => Promise<void>)[] = [
    () => fs.rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  ];
  try {
    const at = (name: string) => path.join(folder, name);
    await writeSamples(at('workspace'), at('agent-files'));

    const hub = new JsonProcess('The hub', ['hub'], {});
    closing.push(() => hub.stop());
    const ready = await hub.waitFor(({ event }) => event === 'ready', 'being ready');
    const hubUrl = String(ready['url']);
    log(`Hub: ${hubUrl}`);

    const asAgent = ['--actor-id', AGENT, '--ats-url', hubUrl, '--home', at('agent-home')];
    // Both are on one machine, where nobody has to be asked for its address.
    const noServers = at('no-servers.json');
    await fs.writeFile(noServers, '[]\n');
    const withoutServers = ['--ice-servers', noServers];
    const listenArgs = [
      ...['listen', ...asAgent, ...withoutServers],
      ...['--save-dir', at('agent-received')],
    ];
    const hearing = new Set<(event: JsonEvent) => void>();
    const listen = () =>
      new JsonProcess(AGENT, listenArgs, quietAts, (event) => {
        for (const hear of hearing) hear(event);
      });
    let agent = listen();
    closing.push(() => agent.stop());
    await agent.waitFor(isListening, 'listening');
    log(`Agent: ${AGENT} listens and saves in ${at('agent-received')}`);

    await setUpEditor(at('editor-home'));
    const workbench = await startWorkbench({
      version: options.version ?? 'newest',
      folder: at('workspace'),
      userDataDir: at('editor'),
      vsix: options.vsix,
      env: { ...quietAts, BEELINE_HOME: at('editor-home') },
      settings: {
        'beeline.atsUrl': hubUrl,
        'beeline.saveDirectory': at('editor-received'),
        'beeline.iceServers': [],
      },
      log,
    });
    closing.push(() => workbench.stop());
    log(`Editor: VS Code ${workbench.version} with ${path.basename(options.vsix)}, as ${EDITOR}`);

    const sendArgs = (file: string) => ['send', file, '--to', EDITOR, ...asAgent];
    const pairArgs = ['pair', '-', '--yes', ...asAgent];
    const chatArgs = ['chat', EDITOR, ...asAgent, ...withoutServers];
    const callArgs = ['call', EDITOR, ...asAgent, ...withoutServers];
    const run = (name: string, args: readonly string[], input?: string | null) => {
      const program = new JsonProcess(`${AGENT} ${name}`, args, quietAts, undefined, input);
      closing.push(() => program.stop());
      return program;
    };
    await play({
      ...{ hubUrl, workbench, actorId: EDITOR },
      ...{ listenArgs, sendArgs, pairArgs, chatArgs, callArgs },
      get agent() {
        return agent;
      },
      killAgent: () => agent.crash(),
      startAgent: async () => {
        agent = listen();
        await agent.waitFor(isListening, 'listening again');
      },
      reply: path.join(at('agent-files'), 'analysis.md'),
      verifiedReply: path.join(at('agent-files'), 'review.md'),
      workspace: at('workspace'),
      editorSaves: at('editor-received'),
      agentSaves: at('agent-received'),
      hearAgent: (listener) => {
        hearing.add(listener);
        return () => hearing.delete(listener);
      },
      send: (file) => run('sending', sendArgs(file)),
      useInvite: (code) => run('pairing', pairArgs, `${code}\n`),
      chat: () => run('chatting', chatArgs, null),
      call: () => run('calling', callArgs),
    });
  } finally {
    for (const close of closing.reverse()) {
      await close().catch((error: unknown) => {
        log(`While ending: ${String(error)}`);
      });
    }
  }
}

function isListening({ event }: JsonEvent): boolean {
  return event === 'listening';
}

/** What the person running the demo has configured for themselves must not decide what it shows. */
const quietAts: NodeJS.ProcessEnv = {
  ...{ ATS_URL: '', ATS_ORG: '', ATS_PROJECT: '', ATS_CHANNEL: '', ATS_API_KEY: '' },
  ...{ ATS_ACTOR_TYPE: '', ATS_ACTOR_ID: '', ATS_ACTOR_NAME: '' },
};

/** What *Beeline: Set Up* keeps when a person has confirmed it. */
async function setUpEditor(home: string): Promise<void> {
  const settings = path.join(home, 'settings');
  await fs.mkdir(settings, { recursive: true, mode: 0o700 });
  const profile = { actorId: EDITOR, actorName: EDITOR, confirmedAt: new Date().toISOString() };
  await fs.writeFile(path.join(settings, 'profile.json'), JSON.stringify(profile), { mode: 0o600 });
}
