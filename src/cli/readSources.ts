import { loadAtsConfiguration } from '../core/ats/configuration';
import { readIceServers } from './iceServersFile';
import { readOwnEnvironment } from './ownEnvironment';
import type { Session } from './session';
import type { SettingsSources } from './settings';

/** @throws CONFIG_INVALID with a sentence that names the file or variable */
export async function readSources(
  session: Pick<Session, 'cwd' | 'env' | 'userHome'>,
  profileActorId: string | undefined,
  /** As typed; it goes before the environment's. */
  iceServersFlag?: string,
): Promise<SettingsSources> {
  const { cwd, env, userHome: homedir } = session;
  const ats = await loadAtsConfiguration({ cwd, env, homedir });
  const own = ats.url.source === 'project' ? await loadAtsConfiguration({ env, homedir }) : ats;
  const environment = readOwnEnvironment(env);
  const file = iceServersFlag ?? environment.iceServersFile;
  return {
    ats,
    urlOutsideProject: own.url.value,
    profileActorId,
    own: environment,
    ...(file !== undefined && { iceServers: await readIceServers(file, cwd) }),
    cwd,
  };
}
