import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { checkConfig, DEFAULT_CHANNEL, type EngineConfig } from '../core/engineConfig';
import { errors } from '../core/errors';
import { iceServers, type TurnServer } from './iceSettings';
import type { SettingName } from './ids';
import type { Profile } from './profile';

/** Setting values as the editor gives them: any type, since people write settings by hand. */
export type RawSettings = Readonly<Record<SettingName, unknown>>;

export type AutoAccept = 'off' | 'allowedPeers';

export interface ResolvedSettings {
  readonly config: EngineConfig;
  readonly autoAccept: AutoAccept;
  /** What `.gitignore` ignores stays here when a folder is sent, unless the person says otherwise. */
  readonly leaveOutIgnored: boolean;
  /** Incoming calls make a sound. */
  readonly ringSound: boolean;
  /** TURN servers that are not used, because nobody has given their password yet. */
  readonly turnWithoutPassword: readonly TurnServer[];
}

/** What a resolved configuration takes from the editor's secrets. */
export interface Secrets {
  readonly apiKey?: string | undefined;
  readonly turnPassword?: (server: TurnServer) => string | undefined;
}

/**
 * The configuration that settings, profile and API key make together.
 * @throws CONFIG_INVALID with a sentence that names the setting
 */
export function resolveSettings(
  raw: RawSettings,
  profile: Profile,
  { apiKey, turnPassword = () => undefined }: Secrets = {},
): ResolvedSettings {
  const atsUrl = text(raw, 'atsUrl');
  const actorId = text(raw, 'actorId');
  const bootstrap = texts(raw, 'bootstrap');
  const relays = texts(raw, 'relays').map((key) => key.toLowerCase());
  const allowedPeers = texts(raw, 'allowedPeers');
  const maxFileSize = number(raw, 'maxFileSize');
  const ice = iceServers(raw.iceServers, turnPassword);
  const { place } = profile;
  const config = checkConfig({
    atsUrl,
    actorId: actorId === '' ? profile.actorId : actorId,
    actorName: profile.actorName,
    actorType: 'human',
    channel: text(raw, 'channel') || DEFAULT_CHANNEL,
    saveDirectory: saveFolder(text(raw, 'saveDirectory')),
    timeoutMs: number(raw, 'timeout'),
    ...(apiKey !== undefined && { apiKey }),
    ...(bootstrap.length > 0 && { bootstrap }),
    ...(relays.length > 0 && { relays }),
    ...(flag(raw, 'directOnly') && { directOnly: true }),
    ...(allowedPeers.length > 0 && { allowedPeers }),
    ...(maxFileSize !== 0 && { maxFileSize }),
    ...(ice.servers !== undefined && { iceServers: ice.servers }),
    ...(!flag(raw, 'keepChatHistory') && { keepMessages: false }),
    ...(place?.origin === originOf(atsUrl) && {
      ...(place?.organization !== undefined && { organization: place.organization }),
      ...(place?.project !== undefined && { project: place.project }),
    }),
  });
  return {
    config,
    autoAccept: autoAccept(raw),
    leaveOutIgnored: flag(raw, 'leaveOutIgnored'),
    ringSound: flag(raw, 'ringSound'),
    turnWithoutPassword: ice.withoutPassword,
  };
}

/** Outside any workspace, and where people look for what arrived. */
export function defaultSaveFolder(home = os.homedir()): string {
  const downloads = path.join(home, 'Downloads');
  return path.join(existsSync(downloads) ? downloads : home, 'Beeline');
}

/** Undefined when it is no address. */
export function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

/** `~` means the home folder, as people expect in a path they write. */
export function saveFolder(written: string): string {
  if (written === '') return defaultSaveFolder();
  return written === '~' || /^~[/\\]/.test(written)
    ? path.join(os.homedir(), written.slice(1))
    : written;
}

function autoAccept(raw: RawSettings): AutoAccept {
  const value = text(raw, 'autoAccept');
  if (value !== 'off' && value !== 'allowedPeers') {
    throw errors.configInvalid('beeline.autoAccept must be "off" or "allowedPeers".');
  }
  return value;
}

function text(raw: RawSettings, name: SettingName): string {
  const value = raw[name];
  if (typeof value !== 'string') throw errors.configInvalid(`beeline.${name} must be a text.`);
  return value.trim();
}

function number(raw: RawSettings, name: SettingName): number {
  const value = raw[name];
  if (typeof value !== 'number') throw errors.configInvalid(`beeline.${name} must be a number.`);
  return value;
}

function flag(raw: RawSettings, name: SettingName): boolean {
  const value = raw[name];
  if (typeof value !== 'boolean') {
    throw errors.configInvalid(`beeline.${name} must be true or false.`);
  }
  return value;
}

function texts(raw: RawSettings, name: SettingName): readonly string[] {
  const value = raw[name];
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
    throw errors.configInvalid(`beeline.${name} must be a list of texts.`);
  }
  return (value as string[]).map((item) => item.trim()).filter((item) => item !== '');
}
