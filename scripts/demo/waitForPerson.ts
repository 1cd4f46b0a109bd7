import path from 'node:path';
import { createInterface } from 'node:readline';
import { AGENT, SAMPLE, type Stage } from './stage';

/** Says what to click, tells what the agent sees, and lets the agent send at the press of Enter. */
export async function waitForPerson(
  stage: Stage,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  log('');
  log(`Open  ${stage.workbench.url}`);
  log('');
  log(`1. Right-click ${SAMPLE}, choose "Send to Agent…", type ${AGENT}, press Enter.`);
  log(`   It arrives in ${stage.agentSaves}`);
  log(
    `2. ${process.stdin.isTTY ? 'Press Enter here' : 'Run this in another terminal'}, and ${AGENT} offers you a file:`,
  );
  log(`   node dist/cli.js ${stage.replyArgs.join(' ')}`);
  log(`   Click Accept in the editor. It arrives in ${stage.editorSaves}`);
  log('');
  log('Ctrl-C ends everything.');
  stage.hearAgent((event) => {
    if (event.event === 'progress') return;
    const about = event['fileName'] ?? event['message'];
    const where = event.event === 'completed' ? `: ${String(event['path'])}, verified` : '';
    log(`${AGENT}: ${event.event} ${typeof about === 'string' ? about : ''}${where}`);
  });
  const terminal = process.stdin.isTTY ? createInterface(process.stdin) : undefined;
  terminal?.on('line', () => {
    const sending = stage.sendReply();
    log(`${AGENT} offers ${path.basename(stage.reply)}`);
    void sending.exitCode().then((code) => {
      log(`${AGENT}: ${code === 0 ? 'delivered' : `not delivered (exit code ${String(code)})`}`);
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
