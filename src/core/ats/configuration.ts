import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { errors } from '../errors';
import { DEFAULT_ATS_URL, DEFAULT_CHANNEL } from '../engineConfig';
import type { ActorType } from './types';

export type ConfigurationSource = 'environment' | 'project' | 'user' | 'default';

/** A value and where it came from, so that a shell can ask before it trusts a project's file. */
export interface Sourced<T> {
  readonly value: T;
  readonly source: ConfigurationSource;
  /** The file, for `project` and `user`. */
  readonly file?: string;
}

/** What people already have for the task service. Absent values are undefined, from `default`. */
export interface AtsConfiguration {
  readonly url: Sourced<string>;
  readonly organization: Sourced<string | undefined>;
  readonly project: Sourced<string | undefined>;
  readonly channel: Sourced<string>;
  readonly actorType: Sourced<ActorType | undefined>;
  readonly actorId: Sourced<string | undefined>;
  readonly actorName: Sourced<string | undefined>;
  /** From the environment only: a key does not belong in a project's file. */
  readonly apiKey: Sourced<string | undefined>;
}

export interface ConfigurationPlaces {
  /** Where to look for a project's file, walking up; without it no project is looked for. */
  readonly cwd?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homedir: string;
}

/**
 * The environment first, then the nearest `.ats/config` walking up, then the one in the home
 * folder, then defaults.
 * @throws CONFIG_INVALID with a sentence that names the file or variable
 */
export async function loadAtsConfiguration(places: ConfigurationPlaces): Promise<AtsConfiguration> {
  const userFile = path.join(places.homedir, '.ats', 'config');
  const project = await findProject(places.cwd, userFile);
  const user = await readConfig(userFile);
  const fromEnvironment = readEnvironment(places.env);

  const pick = <T>(name: keyof Values, fallback: T): Sourced<string | T> => {
    const set = fromEnvironment[name];
    if (set !== undefined) return { value: set, source: 'environment' };
    const inProject = project?.values[name];
    if (project !== undefined && inProject !== undefined) {
      return { value: inProject, source: 'project', file: project.file };
    }
    const inUser = user?.[name];
    if (inUser !== undefined) return { value: inUser, source: 'user', file: userFile };
    return { value: fallback, source: 'default' };
  };

  return {
    url: pick('url', DEFAULT_ATS_URL),
    organization: pick('organization', undefined),
    project: pick('project', undefined),
    channel: pick('channel', DEFAULT_CHANNEL),
    actorType: pick('actorType', undefined) as Sourced<ActorType | undefined>,
    actorId: pick('actorId', undefined),
    actorName: pick('actorName', undefined),
    apiKey: fromKey(places.env['ATS_API_KEY']),
  };
}

interface Values {
  readonly url: string | undefined;
  readonly organization: string | undefined;
  readonly project: string | undefined;
  readonly channel: string | undefined;
  readonly actorType: ActorType | undefined;
  readonly actorId: string | undefined;
  readonly actorName: string | undefined;
}

/** Bytes. A handful of short fields; anything larger is another file under this name. */
const MAX_FILE_BYTES = 64 * 1024;

const text = v.nullish(v.string('must be a text'));
const actorTypes = ['human', 'agent', 'system'] as const;
const actorType = v.picklist(actorTypes, 'must be human, agent or system');
const isNoList = v.check((value: unknown) => !Array.isArray(value), 'must be a JSON object');
const fileSchema = v.pipe(
  v.unknown(),
  isNoList,
  v.object(
    {
      url: v.nullish(
        v.pipe(v.string('must be a text'), v.check(isHttp, 'must be an http address')),
      ),
      organization: text,
      project: text,
      channel: text,
      actor: v.nullish(
        v.object({ type: v.nullish(actorType), id: text, name: text }, 'must be an object'),
      ),
    },
    'must be a JSON object',
  ),
);

async function findProject(
  cwd: string | undefined,
  userFile: string,
): Promise<{ file: string; values: Values } | undefined> {
  if (cwd === undefined) return undefined;
  const own = await realpath(userFile).catch(() => userFile);
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    const file = path.join(folder, '.ats', 'config');
    const values = await readConfig(file);
    if (values !== undefined) {
      // Below the home folder the nearest file may be the person's own, which no project wrote.
      const isOwn = (await realpath(file).catch(() => file)) === own;
      return isOwn ? undefined : { file, values };
    }
    if (path.dirname(folder) === folder) return undefined;
  }
}

/** Undefined when there is no such file. */
async function readConfig(file: string): Promise<Values | undefined> {
  const said = await readText(file);
  if (said === undefined) return undefined;
  let json: unknown;
  try {
    // Editors on Windows put a mark in front that is no JSON.
    json = JSON.parse(said.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw errors.configInvalid(`${file} is not JSON. Correct it or remove it.`, { cause });
  }
  const parsed = v.safeParse(fileSchema, json);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const where = v.getDotPath(issue);
    const what = where === null ? issue.message : `${where} ${issue.message}`;
    throw errors.configInvalid(`${file} cannot be used: ${what}. Correct it or remove it.`);
  }
  const { url, organization, project, channel, actor } = parsed.output;
  return {
    url: given(url),
    organization: given(organization),
    project: given(project),
    channel: given(channel),
    actorType: actor?.type ?? undefined,
    actorId: given(actor?.id),
    actorName: given(actor?.name),
  };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file);
    if (!found.isFile() || found.size > MAX_FILE_BYTES) {
      throw errors.configInvalid(`${file} is not a configuration file. Correct it or remove it.`);
    }
    return await readFile(file, 'utf8');
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'CONFIG_INVALID') throw thrown;
    throw errors.configInvalid(`${file} cannot be read (${String(code)}).`, { cause: thrown });
  }
}

function readEnvironment(env: ConfigurationPlaces['env']): Values {
  const url = given(env['ATS_URL']);
  if (url !== undefined && !isHttp(url)) {
    throw errors.configInvalid(`The variable ATS_URL must be an http address, not "${url}".`);
  }
  const type = given(env['ATS_ACTOR_TYPE']);
  const parsed = v.safeParse(v.optional(actorType), type);
  if (!parsed.success) {
    throw errors.configInvalid(
      `The variable ATS_ACTOR_TYPE must be human, agent or system, not "${String(type)}".`,
    );
  }
  return {
    url,
    organization: given(env['ATS_ORG']),
    project: given(env['ATS_PROJECT']),
    channel: given(env['ATS_CHANNEL']),
    actorType: parsed.output,
    actorId: given(env['ATS_ACTOR_ID']),
    actorName: given(env['ATS_ACTOR_NAME']),
  };
}

function fromKey(key: string | undefined): Sourced<string | undefined> {
  const value = given(key);
  return value === undefined
    ? { value: undefined, source: 'default' }
    : { value, source: 'environment' };
}

/** An empty text is how shells and editors leave a value out. */
function given(value: string | null | undefined): string | undefined {
  return value === null || value === '' ? undefined : value;
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
