import fs from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../test/support/workbench/projectRoot';
import { actOnce } from './demo/actOnce';
import { ensurePackage } from './demo/ensurePackage';
import { withStage, type Stage } from './demo/stage';
import { waitForPerson } from './demo/waitForPerson';

/**
 * `npm run demo`: a hub, an agent that listens and a real VS Code with the packaged extension, for
 * a person to try. With `--once` the script clicks by itself, compares what arrived byte for byte,
 * leaves pictures of each step in `demo-out/` and ends.
 */
async function main(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== '--once');
  if (unknown !== undefined) throw new Error(`${unknown} is not known. There is only --once.`);
  const pictures = path.join(projectRoot, 'demo-out');
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Whoever asks twice does not want to wait until all have ended in peace.
      if (interrupted.signal.aborted) process.exit(INTERRUPTED);
      interrupted.abort();
    });
  }

  const vsix = await ensurePackage(log);
  const once = args.includes('--once');
  const play = once
    ? async (stage: Stage) => {
        await fs.rm(pictures, { recursive: true, force: true });
        await actOnce(stage, pictures, log);
      }
    : (stage: Stage) => waitForPerson(stage, log, interrupted.signal);
  await withStage({ vsix, log }, async (stage) => {
    await Promise.race([play(stage), ended(interrupted.signal)]);
  });
  // A person who is done presses Ctrl-C; what should run by itself was cut short by it.
  return once && interrupted.signal.aborted ? INTERRUPTED : 0;
}

/** As shells report a program that Ctrl-C ended. */
const INTERRUPTED = 130;

function log(line: string): void {
  console.log(line);
}

async function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
