import path from 'node:path';
import type { AtsConfiguration } from '../core/ats/configuration';
import type { IceServer } from '../core/calling';
import type { PublicConfig } from '../core/engine';
import {
  checkConfig,
  DEFAULT_CHANNEL,
  DEFAULT_TIMEOUT_MS,
  type EngineConfig,
} from '../core/engineConfig';
import { errors } from '../core/errors';
import type { CommonFlags, ListenFlags } from './flags';
import type { OwnEnvironment } from './ownEnvironment';

/** ats-p2p's defaults. */
export const DEFAULT_ACTOR_ID = 'p2p-node';
export const DEFAULT_SAVE_DIR = './incoming';
/**
 * Milliseconds an offer made in a terminal stands: a program that waits a day for an answer looks
 * hung, and a person who sees the offer within the hour finds it.
 */
export const DEFAULT_TERMINAL_OFFER_MS = 60 * 60 * 1000;

export interface SettingsSources {
  /** Environment, project file and own file, the first that names a value. */
  readonly ats: AtsConfiguration;
  /** The address as it would be if no project had named one. */
  readonly urlOutsideProject: string;
  /** Set by the editor, kept in the home. */
  readonly profileActorId: string | undefined;
  /** What only Beeline has, from the environment. */
  readonly own: OwnEnvironment;
  /** STUN and TURN servers, read from the file that a flag or the environment names. */
  readonly iceServers?: readonly IceServer[];
  readonly cwd: string;
}

/**
 * Everything the engine needs, each value from the first place that names it: flags, environment,
 * project file, own file, the home's profile, defaults.
 * @throws CONFIG_INVALID
 */
export function resolveConfig(
  flags: CommonFlags & Pick<ListenFlags, 'saveDir' | 'maxSize' | 'allow'>,
  sources: SettingsSources,
): EngineConfig {
  const { ats } = sources;
  const actorId = flags.actorId ?? ats.actorId.value ?? sources.profileActorId ?? DEFAULT_ACTOR_ID;
  // A name that was given together with another id would introduce this one wrongly.
  const actorName = flags.actorId === undefined ? ats.actorName.value : undefined;
  const { organization, project, apiKey } = ats;

  return checkConfig({
    atsUrl: atsUrlOf(flags, sources),
    actorId,
    actorName: actorName ?? actorId,
    actorType: ats.actorType.value ?? 'agent',
    ...(organization.value !== undefined && { organization: organization.value }),
    ...(project.value !== undefined && { project: project.value }),
    channel: flags.channel ?? channelOf(ats),
    ...(apiKey.value !== undefined && { apiKey: apiKey.value }),
    ...(flags.bootstrap !== undefined && { bootstrap: flags.bootstrap }),
    ...linkWays(flags, sources.own),
    ...(sources.iceServers !== undefined && { iceServers: sources.iceServers }),
    saveDirectory: path.resolve(sources.cwd, flags.saveDir ?? DEFAULT_SAVE_DIR),
    ...(flags.allow !== undefined && { allowedPeers: flags.allow }),
    ...(flags.maxSize !== undefined && { maxFileSize: flags.maxSize }),
    timeoutMs: flags.timeout ?? DEFAULT_TIMEOUT_MS,
  });
}

/** What was typed wins as a whole: `--relay` beside a variable that wants none means the relay. */
function linkWays(
  flags: CommonFlags,
  own: OwnEnvironment,
): Pick<EngineConfig, 'relays' | 'directOnly'> {
  const directOnly = flags.directOnly ?? (flags.relay === undefined ? own.directOnly : undefined);
  const relays = flags.relay ?? own.relays;
  if (flags.directOnly === true && flags.relay !== undefined) {
    throw errors.configInvalid('--direct-only uses no relay, so leave --relay or it out.');
  }
  return {
    ...(relays !== undefined && directOnly !== true && { relays }),
    ...(directOnly !== undefined && { directOnly }),
  };
}

/**
 * `default` in a file is what the task service's own client writes when nothing was chosen; taking
 * it would part us from everybody who uses ats-p2p's channel.
 */
function channelOf({ channel }: AtsConfiguration): string {
  const unchosen = channel.source !== 'environment' && channel.value === 'default';
  return unchosen ? DEFAULT_CHANNEL : channel.value;
}

/** A folder that was cloned from somewhere may not choose who gets the API key. */
function atsUrlOf(flags: CommonFlags, sources: SettingsSources): string {
  if (flags.atsUrl !== undefined) return flags.atsUrl;
  const { url, apiKey } = sources.ats;
  const keyWouldGoElsewhere =
    url.source === 'project' &&
    apiKey.value !== undefined &&
    originOf(url.value) !== originOf(sources.urlOutsideProject);
  if (keyWouldGoElsewhere) {
    throw errors.configInvalid(
      `${url.file ?? 'The project'} names ${url.value} as the task service, and your API key ` +
        `would be sent there. Confirm it with --ats-url ${url.value}, or unset ATS_API_KEY.`,
    );
  }
  return url.value;
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

/**
 * The configuration in force when the home's engine already runs in another process. Typed flags
 * must agree with it; whatever was not typed gives way.
 * @throws HOME_BUSY naming both values
 */
export function checkAgreement(flags: CommonFlags, running: PublicConfig, home: string): void {
  const refuse = (flag: string, typed: string, inForce: string): never => {
    throw errors.homeBusy(
      `Beeline already runs for ${home} with ${flag} ${inForce}, not ${typed}. ` +
        `Leave the flag out, or use another home with --home DIR.`,
    );
  };
  if (flags.actorId !== undefined && flags.actorId !== running.actorId) {
    refuse('--actor-id', flags.actorId, running.actorId);
  }
  if (flags.atsUrl !== undefined && !sameAddress(flags.atsUrl, running.atsUrl)) {
    refuse('--ats-url', flags.atsUrl, running.atsUrl);
  }
  if (flags.channel !== undefined && flags.channel !== running.channel) {
    refuse('--channel', flags.channel, running.channel);
  }
  if (flags.bootstrap !== undefined && !sameSet(flags.bootstrap, running.bootstrap ?? [])) {
    refuse('--bootstrap', flags.bootstrap.join(' '), (running.bootstrap ?? ['(none)']).join(' '));
  }
  if (flags.relay !== undefined && !sameSet(flags.relay, running.relays ?? [])) {
    refuse('--relay', flags.relay.join(' '), (running.relays ?? ['(none)']).join(' '));
  }
  if (flags.directOnly === true && running.directOnly !== true) {
    refuse('--direct-only', 'on', 'off');
  }
}

function sameAddress(one: string, other: string): boolean {
  const plain = (url: string): string =>
    (URL.canParse(url) ? new URL(url).href : url).replace(/\/+$/, '');
  return plain(one) === plain(other);
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.toSorted().join('\n') === other.toSorted().join('\n');
}
