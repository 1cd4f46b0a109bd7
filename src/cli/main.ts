import os from 'node:os';
import { toBeelineError } from '../core/errors';
import { packageVersion } from '../service/packageVersion';
import { agents, changeAgent } from './agents';
import { grants, revokeGrant } from './grants';
import { call } from './call';
import { chat } from './chat/chat';
import { listChats } from './chat/listChats';
import { runCommandLine } from './commandLine';
import { exitCodes } from './exitCode';
import { runHub } from './runHub';
import { Interruption } from './interruption';
import { homeStatus } from './homeStatus';
import { listen } from './listen';
import { displayText } from './output/displayText';
import { pair } from './pair';
import { resume } from './resume';
import { send } from './send';
import type { Session } from './session';
import { status } from './status';
import { sync } from './sync';
import { flushed, sinkOf } from './streams';

/** The program: arguments in, lines and an exit code out. */
async function main(): Promise<void> {
  const interruption = new Interruption((code) => process.exit(code)).listenTo(process);
  const session: Session = {
    version: packageVersion(),
    cwd: process.cwd(),
    userHome: os.homedir(),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    out: sinkOf(process.stdout, () => {
      interruption.readerLeft();
    }),
    err: sinkOf(process.stderr, () => undefined),
    interruption,
    canAsk: process.stdin.isTTY && process.stderr.isTTY,
  };
  const code = await runCommandLine(
    process.argv.slice(2),
    {
      send: (paths, flags) => send(paths, flags, session),
      listen: (flags) => listen(flags, session),
      pair: (code, flags) => pair(code, flags, session),
      agents: (flags) => agents(flags, session),
      changeAgent: (change, typed, flags) => changeAgent(change, typed, flags, session),
      status: (transferId, flags) =>
        transferId === undefined ? homeStatus(flags, session) : status(transferId, flags, session),
      resume: (transferId, flags) => resume(transferId, flags, session),
      sync: (path, flags) => sync(path, flags, session),
      chat: (typed, flags) => chat(typed, flags, session),
      chats: (flags) => listChats(flags, session),
      call: (typed, flags) => call(typed, flags, session),
      grants: (flags) => grants(flags, session),
      revokeGrant: (typed, flags) => revokeGrant(typed, flags, session),
      hub: (flags) => runHub(flags, session),
    },
    session.version,
    {
      out: (text) => {
        session.out.line(text.trimEnd());
      },
      err: (text) => {
        session.err.line(text.trimEnd());
      },
    },
  );
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  // Sockets that a peer keeps open must not decide when a finished command ends.
  process.exit(code);
}

main().catch((thrown: unknown) => {
  process.stderr.write(`${displayText(toBeelineError(thrown).message, 600)}\n`);
  process.exit(exitCodes.failed);
});
