import path from 'node:path';
import { createInterface } from 'node:readline';
import { bytesText } from '../../src/core/units';
import { killInTheMiddle } from './killInTheMiddle';
import { AGENT, type Stage } from './stage';
import { FOLDER_SAMPLE, SAMPLE } from './writeSamples';

/** Says what to click, tells what the agent sees, and lets the agent send at the press of Enter. */
export async function waitForPerson(
  stage: Stage,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  log('');
  log(`Open  ${stage.workbench.url}`);
  log('');
  const reply = path.basename(stage.reply);
  log(`1. Right-click ${SAMPLE}, choose "Send to Agent…", type ${AGENT}, press Enter.`);
  log(`   It arrives in ${stage.agentSaves}`);
  log(`2. ${elsewhere('Press Enter here')}, and ${AGENT} offers you ${reply}, unverified:`);
  log(`   node dist/cli.js ${stage.sendArgs(stage.reply).join(' ')}`);
  log(`   Click Accept in the editor. It arrives in ${stage.editorSaves}`);
  log('3. Run the command "Beeline: Pair with an Agent…", make an invite and copy its code.');
  log(`   ${elsewhere('Paste it here and press Enter')}, and ${AGENT} uses it:`);
  log(`   echo CODE | node dist/cli.js ${stage.pairArgs.join(' ')}`);
  log('   Compare the fingerprints in the editor and confirm. What you send now is verified.');
  if (process.stdin.isTTY) {
    log(
      `4. Type "kill" here, press Enter, and send the folder ${FOLDER_SAMPLE} to ${AGENT}, which is`,
    );
    log('   killed in the middle. Type "start", and it goes on where it stopped.');
  } else {
    log(`4. Send the folder ${FOLDER_SAMPLE} to ${AGENT}, and meanwhile kill ${AGENT}:`);
    log(`   kill -9 ${String(stage.agent.pid)}`);
    log('   Start it again, and it goes on where it stopped:');
    log(`   node dist/cli.js ${stage.listenArgs.join(' ')}`);
  }
  log(`5. Click Chat beside ${AGENT} in the Agents list. Run this in another terminal, and write:`);
  log(`   node dist/cli.js ${stage.chatArgs.join(' ')}`);
  log('   For a call, click Call in the chat and run this, or only run this and click Accept:');
  log(`   node dist/cli.js ${stage.callArgs.join(' ')}`);
  log('');
  log('Ctrl-C ends everything.');
  stage.hearAgent((event) => {
    if (event.event === 'progress') return;
    const about = event['fileName'] ?? event['message'];
    const where = event.event === 'completed' ? `: ${String(event['path'])}, verified` : '';
    log(`${AGENT}: ${event.event} ${typeof about === 'string' ? about : ''}${where}`);
  });
  const terminal = process.stdin.isTTY ? createInterface(process.stdin) : undefined;
  let paired = false;
  const pairWith = async (code: string) => {
    const pairing = stage.useInvite(code);
    const shown = await pairing.waitFor(({ event }) => event === 'confirm', 'meeting the editor');
    const { agent, self } = shown as unknown as Record<'agent' | 'self', { fingerprint: string }>;
    log(`${AGENT} shows  ${agent.fingerprint}  as yours`);
    log(`         and  ${self.fingerprint}  as its own, and has confirmed`);
    await pairing.waitFor(({ event }) => event === 'paired', 'having paired', INVITE_LIMIT_MS);
    paired = true;
    log(`${AGENT} is paired with you. Press Enter, and it sends a verified file.`);
  };
  const send = async () => {
    const file = paired ? stage.verifiedReply : stage.reply;
    log(`${AGENT} offers ${path.basename(file)}`);
    const code = await stage.send(file).exitCode();
    log(`${AGENT}: ${code === 0 ? 'delivered' : `not delivered (exit code ${String(code)})`}`);
  };
  const kill = async () => {
    log(`${AGENT} will be killed as soon as it has a part of ${FOLDER_SAMPLE}. Send it now.`);
    const { bytes, total } = await killInTheMiddle(stage, FOLDER_SAMPLE);
    log(`${AGENT} was killed when ${bytesText(bytes)} of ${bytesText(total)} had arrived.`);
    log('The editor notices within 20 seconds. Type "start" and press Enter.');
  };
  const start = async () => {
    await stage.killAgent();
    await stage.startAgent();
  };
  const obey = (typed: string) => {
    if (typed === '') return send();
    if (typed === 'kill') return kill();
    return typed === 'start' ? start() : pairWith(typed);
  };
  terminal?.on('line', (line) => {
    obey(line.trim()).catch((error: unknown) => {
      log(error instanceof Error ? error.message : String(error));
    });
  });
  // Readline takes Ctrl-C for itself while it reads.
  terminal?.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
      if (signal.aborted) resolve();
    });
  } finally {
    terminal?.close();
  }
}

/** The same can be done without a terminal to type in. */
function elsewhere(here: string): string {
  return process.stdin.isTTY ? here : 'Run this in another terminal';
}

/** Milliseconds; an invite is good for as long. */
const INVITE_LIMIT_MS = 600_000;
