import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { toBeelineError } from '../core/errors';
import type { Session } from './session';

export interface OpenedInBrowser {
  /** Removes the way there. To be called once the page was opened, or no longer can be. */
  readonly close: () => Promise<void>;
}

/**
 * Asks the system to show a page in the person's browser, where there is a screen to show it on. The
 * page's address is printed as well, so nothing is lost when this does nothing.
 *
 * Every user of a machine can read the arguments of all programs, and whoever has this address is in
 * the call. So the program that opens is given a file that only the person can read, which leads there.
 */
export async function openInBrowser(
  url: string,
  session: Pick<Session, 'env' | 'stdout' | 'userHome'>,
  log: (line: string) => void,
): Promise<OpenedInBrowser> {
  const opener = openerFor(process.platform, session.env);
  if (opener === undefined || !session.stdout.isTTY) return { close: () => Promise.resolve() };
  let folder: string | undefined;
  const close = async (): Promise<void> => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(tell);
  };
  const tell = (thrown: unknown): void => {
    log(`browser: ${toBeelineError(thrown).message}`);
  };
  try {
    // Made with mode 0700.
    folder = await mkdtemp(path.join(placeFor(session.userHome), 'beeline-call-'));
    const file = path.join(folder, 'call.html');
    await writeFile(file, pageThatLeadsTo(url), { mode: 0o600, flag: 'wx' });
    const [program, ...args] = opener;
    const child = spawn(program, [...args, file], {
      detached: true,
      stdio: 'ignore',
      env: session.env,
    });
    child.on('error', tell);
    child.unref();
  } catch (thrown) {
    // No room, or a folder that cannot be written to; the printed address is there.
    tell(thrown);
    await close();
  }
  return { close };
}

function openerFor(
  platform: NodeJS.Platform,
  env: Session['env'],
): readonly [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open'];
  // `start` is a word of the shell, which would read signs of the path as its own.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  const hasScreen = [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((name) => (name ?? '') !== '');
  return hasScreen ? ['xdg-open'] : undefined;
}

/** Where there are snaps: a browser that is one sees its own folder for temporary files only. */
const SNAPS = '/snap/bin';

function placeFor(userHome: string): string {
  return existsSync(SNAPS) ? userHome : os.tmpdir();
}

/** Without a script, so that nothing in a browser stands in its way. */
function pageThatLeadsTo(url: string): string {
  const address = url.replace(/[&"<>]/g, (sign) => `&#${String(sign.charCodeAt(0))};`);
  return (
    '<!doctype html><meta charset="utf-8"><title>Beeline</title>' +
    '<meta name="referrer" content="no-referrer">' +
    `<meta http-equiv="refresh" content="0; url=${address}"><a href="${address}">Beeline</a>\n`
  );
}
