import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { WorkbenchVersion } from '../../test/support/workbench/ensureCodeServer';
import { startWorkbench, type Workbench } from '../../test/support/workbench/workbench';
import { JsonProcess, type JsonEvent } from './jsonProcess';

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
  /** Listens, and accepts what comes. */
  readonly agent: JsonProcess;
  readonly agentSaves: string;
  /** Hears what the agent tells from now on. */
  hearAgent(listener: (event: JsonEvent) => void): void;
  /** What the agent has to send back. */
  readonly reply: string;
  /** The arguments with which agent-b sends the reply to the editor. */
  readonly replyArgs: readonly string[];
  sendReply(): JsonProcess;
}

export const AGENT = 'agent-b';
const EDITOR = 'editor-a';
export const SAMPLE = 'measurements.csv';
/** Together about 60 MB: big enough that progress can be seen. */
const SAMPLE_ROWS = 100_000;
const SAMPLE_PARTS = 50;

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
    const listen = ['listen', ...asAgent, '--save-dir', at('agent-received')];
    let hear: (event: JsonEvent) => void = () => undefined;
    const agent = new JsonProcess(AGENT, listen, quietAts, (event) => {
      hear(event);
    });
    closing.push(() => agent.stop());
    await agent.waitFor(({ event }) => event === 'listening', 'listening');
    log(`Agent: ${AGENT} listens and saves in ${at('agent-received')}`);

    await setUpEditor(at('editor-home'));
    const workbench = await startWorkbench({
      version: options.version ?? 'newest',
      folder: at('workspace'),
      userDataDir: at('editor'),
      vsix: options.vsix,
      env: { ...quietAts, BEELINE_HOME: at('editor-home') },
      settings: { 'beeline.atsUrl': hubUrl, 'beeline.saveDirectory': at('editor-received') },
      log,
    });
    closing.push(() => workbench.stop());
    log(`Editor: VS Code ${workbench.version} with ${path.basename(options.vsix)}, as ${EDITOR}`);

    const reply = path.join(at('agent-files'), 'analysis.md');
    const replyArgs = ['send', reply, '--to', EDITOR, ...asAgent];
    await play({
      ...{ hubUrl, workbench, actorId: EDITOR, agent, reply, replyArgs },
      workspace: at('workspace'),
      editorSaves: at('editor-received'),
      agentSaves: at('agent-received'),
      hearAgent: (listener) => {
        hear = listener;
      },
      sendReply: () => {
        const sending = new JsonProcess(`${AGENT} sending`, replyArgs, quietAts);
        closing.push(() => sending.stop());
        return sending;
      },
    });
  } finally {
    for (const close of closing.reverse()) {
      await close().catch((error: unknown) => {
        log(`While ending: ${String(error)}`);
      });
    }
  }
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

async function writeSamples(workspace: string, agentFiles: string): Promise<void> {
  await fs.mkdir(path.join(workspace, 'src'), { recursive: true });
  await fs.mkdir(agentFiles);
  const rows = Array.from(
    { length: SAMPLE_ROWS },
    (_, row) => `${String(row)},${String((row * 7919) % 1009)}\n`,
  ).join('');
  const sample = path.join(workspace, SAMPLE);
  await fs.writeFile(sample, 'step,value\n');
  for (let part = 0; part < SAMPLE_PARTS; part += 1) await fs.appendFile(sample, rows);
  await fs.writeFile(
    path.join(workspace, 'README.md'),
    `# Sample\n\nRight-click \`${SAMPLE}\` and choose *Send to Agent…*.\n`,
  );
  await fs.writeFile(path.join(workspace, 'src', 'run.py'), 'print("measuring")\n');
  const run = randomBytes(4).toString('hex');
  await fs.writeFile(
    path.join(agentFiles, 'analysis.md'),
    `# Analysis ${run}\n\nThe values repeat every 1009 steps.\n`,
  );
}
