import path from 'node:path';
import type { IceServer } from './calling';
import { errors } from './errors';
import { checkIceServers } from './iceServers';
import { isLoopback } from './loopback';

/** What an engine needs to know to run. Resolved by the shell; validated here. */
export interface EngineConfig {
  /** Base address of the task service or hub, http or https. */
  readonly atsUrl: string;
  readonly actorId: string;
  readonly actorName: string;
  readonly actorType: 'human' | 'agent' | 'system';
  readonly organization?: string;
  readonly project?: string;
  /** Where incoming offers are looked for, and outgoing ones are posted unless they say otherwise. */
  readonly channel: string;
  /** Sent to `atsUrl`'s origin only, and only over https or to loopback. */
  readonly apiKey?: string;
  /** `HOST:PORT` of DHT bootstrap nodes; otherwise what the hub says, otherwise the public ones. */
  readonly bootstrap?: readonly string[];
  /**
   * Public keys of blind relays, 64 hex digits each; the hub's own is added by itself. Used for links
   * between paired agents whose networks let no direct connection through.
   */
  readonly relays?: readonly string[];
  /** Links between paired agents use no relay of any kind. */
  readonly directOnly?: boolean;
  /**
   * STUN and TURN servers for chats and calls; the defaults when absent, none when empty.
   * Credentials are secrets, and kept like the API key: in memory only.
   */
  readonly iceServers?: readonly IceServer[];
  /** Keeps what is said in chats on this disk. On unless false. */
  readonly keepMessages?: boolean;
  /** Absolute. */
  readonly saveDirectory: string;
  /** When given and not empty, offers of all others are declined. */
  readonly allowedPeers?: readonly string[];
  /** Bytes; larger offers are declined. */
  readonly maxFileSize?: number;
  /** Milliseconds for a connection to come about, and for silence on it. */
  readonly timeoutMs: number;
}

/** The hosted service, as ats-p2p has it. */
export const DEFAULT_ATS_URL = 'https://ats.difflab.ai';
export const DEFAULT_CHANNEL = 'p2p-transfer';
/** ats-p2p's default. */
export const DEFAULT_TIMEOUT_MS = 120_000;
/** How long an offer nobody answers stands: somebody who is home for the night finds it. */
export const DEFAULT_OFFER_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** Long enough for any id in use, short enough for a header. */
const MAX_ID_LENGTH = 128;

/** Whether this can be an actor id: it travels in a header and is compared byte for byte. */
export function isActorId(value: string): boolean {
  return value.length > 0 && value.length <= MAX_ID_LENGTH && /^[\x21-\x7e]+$/.test(value);
}

/** @throws CONFIG_INVALID with a sentence that names what is wrong */
export function checkConfig(config: EngineConfig): EngineConfig {
  const refuse = (what: string): never => {
    throw errors.configInvalid(what);
  };
  checkUrl(config);
  if (!isActorId(config.actorId)) {
    refuse(
      `"${config.actorId}" cannot be an agent id. ` +
        'Use up to 128 letters, digits and signs, without spaces.',
    );
  }
  if (config.channel === '' || config.channel.length > MAX_ID_LENGTH) {
    refuse('The channel must have between 1 and 128 characters.');
  }
  if (!path.isAbsolute(config.saveDirectory)) {
    refuse(`The save folder must be an absolute path, not "${config.saveDirectory}".`);
  }
  if (!Number.isSafeInteger(config.timeoutMs) || config.timeoutMs < 1000) {
    refuse('The timeout must be a whole number of milliseconds, at least 1000.');
  }
  if (
    config.maxFileSize !== undefined &&
    (!Number.isSafeInteger(config.maxFileSize) || config.maxFileSize < 0)
  ) {
    refuse('The maximum size must be a whole number of bytes.');
  }
  for (const node of config.bootstrap ?? []) {
    const port = Number(/^.+:(\d{1,5})$/.exec(node)?.[1] ?? Number.NaN);
    if (!(port >= 1 && port <= 65_535))
      refuse(`"${node}" is not a bootstrap node: write HOST:PORT.`);
  }
  for (const relay of config.relays ?? []) {
    if (!/^[0-9a-f]{64}$/.test(relay)) {
      refuse(`"${relay}" is not the key of a relay: give its 64 hex digits.`);
    }
  }
  if (config.iceServers !== undefined) checkIceServers(config.iceServers);
  return config;
}

function checkUrl(config: EngineConfig): void {
  const url = URL.canParse(config.atsUrl) ? new URL(config.atsUrl) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw errors.configInvalid(
      `"${config.atsUrl}" is not the address of a task service. Write http://… or https://…`,
    );
  }
  if (config.apiKey !== undefined && url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw errors.configInvalid(
      `The API key is not sent to ${url.origin}, because the way there is not encrypted. Use https.`,
    );
  }
}
