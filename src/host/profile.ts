import { access } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { isActorId } from '../core/engineConfig';
import { openFileHome } from '../core/home/fileHome';

/**
 * What *Beeline: Set Up* confirmed, kept in the home as the record `settings/profile`.
 *
 * Its presence is the permission to connect. A set-up without a person (the demo, the tests, a
 * prepared machine) is exactly this: `settings/profile.json` in the home, holding
 * `{ "actorId", "actorName", "confirmedAt" }`, and `beeline.atsUrl` and `beeline.saveDirectory` in
 * the settings. Since these settings are machine-scoped, in a remote window they are read from the
 * remote side's `Machine/settings.json`.
 */
export interface Profile {
  readonly actorId: string;
  readonly actorName: string;
  /** ISO 8601. */
  readonly confirmedAt: string;
  /** Where at the service tasks live, when an existing configuration of the service said so. */
  readonly place?: ServicePlace;
}

export interface ServicePlace {
  /** Holds for this origin only; another service has other organisations. */
  readonly origin: string;
  readonly organization?: string;
  readonly project?: string;
}

export interface ProfileStore {
  /** Undefined until set up. @throws HOME_UNUSABLE */
  read(): Promise<Profile | undefined>;
  /** @throws HOME_UNUSABLE */
  write(profile: Profile): Promise<void>;
}

/** The home of this machine: where the files are, not where the window is. */
export function homeFolder(): string {
  const named = process.env['BEELINE_HOME'];
  return named === undefined || named === ''
    ? path.join(os.homedir(), '.beeline')
    : path.resolve(named);
}

export function profileStore(folder: string, report: (line: string) => void): ProfileStore {
  return {
    async read() {
      // Opening a home creates it, and somebody who never set up should not find one.
      const exists = await access(folder).then(
        () => true,
        () => false,
      );
      if (!exists) return undefined;
      const home = await openFileHome(folder, report);
      return asProfile(await home.read('settings', RECORD));
    },
    async write(profile) {
      const home = await openFileHome(folder, report);
      await home.write('settings', RECORD, profile);
    },
  };
}

const RECORD = 'profile';

/** A record from disk, or undefined when it is not a confirmed profile. */
export function asProfile(record: unknown): Profile | undefined {
  if (typeof record !== 'object' || record === null) return undefined;
  const { actorId, actorName, confirmedAt, place } = record as Record<string, unknown>;
  if (typeof actorId !== 'string' || !isActorId(actorId)) return undefined;
  if (typeof confirmedAt !== 'string' || confirmedAt === '') return undefined;
  const name = typeof actorName === 'string' && actorName !== '' ? actorName : actorId;
  const known = asPlace(place);
  return { actorId, actorName: name, confirmedAt, ...(known && { place: known }) };
}

function asPlace(record: unknown): ServicePlace | undefined {
  if (typeof record !== 'object' || record === null) return undefined;
  const { origin, organization, project } = record as Record<string, unknown>;
  if (typeof origin !== 'string') return undefined;
  return {
    origin,
    ...(typeof organization === 'string' && { organization }),
    ...(typeof project === 'string' && { project }),
  };
}

/** An agent id proposed from the names of the person and the machine, always a valid one. */
export function proposeActorId(user: string, machine: string): string {
  const plain = (text: string) =>
    text
      .normalize('NFKD')
      .toLowerCase()
      .replace(/\.(local|lan|home|localdomain)$/, '')
      .replace(/\p{M}/gu, '')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, MAX_PART);
  return [plain(user), plain(machine)].filter((part) => part !== '').join('-') || 'my-editor';
}

/** Characters of either name in a proposed id, so that the whole stays easy to say. */
const MAX_PART = 32;
