import { spawn } from 'node:child_process';
import type { Session } from './session';

/**
 * Asks the system to show a page in the person's browser, where there is a screen to show it on. The
 * page's address is printed as well, so nothing is lost when this does nothing.
 */
export function openInBrowser(url: string, session: Session): void {
  const opener = openerFor(process.platform, session.env);
  if (opener === undefined || !session.stdout.isTTY) return;
  const [program, ...args] = opener;
  const child = spawn(program, [...args, url], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
}

function openerFor(
  platform: NodeJS.Platform,
  env: Session['env'],
): readonly [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open'];
  // `start` is a word of the shell, which would read signs of the address as its own.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  const hasScreen = [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((name) => (name ?? '') !== '');
  return hasScreen ? ['xdg-open'] : undefined;
}
