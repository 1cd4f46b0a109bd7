import path from 'node:path';
import type { PublicConfig } from '../core/engine';
import { openFileHome } from '../core/home/fileHome';
import { openEngine, type SharedEngine } from '../service/openEngine';
import { readSources } from './readSources';
import type { CommonFlags, ListenFlags } from './flags';
import { displayText } from './output/displayText';
import type { Reporter } from './output/report';
import type { Session } from './session';
import { checkAgreement, resolveConfig } from './settings';

export interface HomeEngine {
  readonly engine: SharedEngine;
  /** In force, which is not ours when another process of this home runs the engine. */
  readonly config: PublicConfig;
  /** What this process asked for; its save folder holds whoever runs the engine. */
  readonly wanted: PublicConfig;
}

/**
 * The engine of the home that the flags name, run here or shared with the process that runs it.
 * @throws HOME_BUSY when typed flags contradict an engine that already runs
 */
export async function openHomeEngine(
  flags: CommonFlags & Partial<ListenFlags>,
  session: Session,
  reporter: Reporter,
): Promise<HomeEngine> {
  const home = homeFolder(flags, session);
  const log = (line: string): void => {
    if (flags.verbose === true) session.err.line(displayText(line, 2000));
  };
  const { apiKey, iceServers, ...wanted } = resolveConfig(
    flags,
    await readSources(session, await profileOf(home, log), flags.iceServers),
  );
  const engine = await openEngine({
    home,
    config: {
      ...wanted,
      ...(apiKey !== undefined && { apiKey }),
      ...(iceServers !== undefined && { iceServers }),
    },
    version: session.version,
    log,
  });
  engine.onEvent((event) => {
    // No call of this command's has asked, but the person should know.
    if (event.type === 'notice') reporter.note(displayText(event.error.message, 600));
  });
  try {
    const config = await engine.config();
    if (!engine.isOwner) {
      checkAgreement(flags, config, home);
      reporter.note(
        `Using the engine that already runs for ${home}: ` +
          `${config.actorId} at ${displayText(config.atsUrl)}.`,
      );
      if (flags.iceServers !== undefined) {
        reporter.note('It keeps the ICE servers that it was started with.');
      }
    }
    return { engine, config, wanted };
  } catch (thrown) {
    await letGo(engine);
    throw thrown;
  }
}

/** Offers of other windows of this home stay for whoever runs its engine next. */
export async function letGo(engine: SharedEngine): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LETTING_GO_MS);
  });
  await Promise.race([engine.stop({ keepOffers: true }).catch(() => undefined), limit]);
  clearTimeout(timer);
}

/** Milliseconds; a service that has gone away must not keep a finished command alive. */
const LETTING_GO_MS = 5000;

export function homeFolder(flags: CommonFlags, session: Session): string {
  const named = flags.home ?? session.env['BEELINE_HOME'];
  if (named === undefined || named === '') return path.join(session.userHome, '.beeline');
  return path.resolve(session.cwd, named);
}

/** The actor id that the editor has set up for this home. */
export async function profileOf(
  home: string,
  log: (line: string) => void,
): Promise<string | undefined> {
  const profile = await (await openFileHome(home, log)).read('settings', 'profile');
  if (typeof profile !== 'object' || profile === null || !('actorId' in profile)) return undefined;
  return typeof profile.actorId === 'string' ? profile.actorId : undefined;
}
