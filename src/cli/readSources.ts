import { loadAtsConfiguration } from '../core/ats/configuration';
import { readOwnEnvironment } from './ownEnvironment';
import type { Session } from './session';
import type { SettingsSources } from './settings';

/** @throws CONFIG_INVALID with a sentence that names the file or variable */
export async function readSources(
  session: Pick<Session, 'cwd' | 'env' | 'userHome'>,
  profileActorId: string | undefined,
): Promise<SettingsSources> {
  const { cwd, env, userHome: homedir } = session;
  const ats = await loadAtsConfiguration({ cwd, env, homedir });
  const own = ats.url.source === 'project' ? await loadAtsConfiguration({ env, homedir }) : ats;
  return {
    ats,
    urlOutsideProject: own.url.value,
    profileActorId,
    own: readOwnEnvironment(env),
    cwd,
  };
}
