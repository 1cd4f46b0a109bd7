import { errors } from '../errors';
import { isLoopback } from '../loopback';
import type { Actor } from './types';

/** Where the task service is and what every request to it, and its socket, carries. */
export interface Endpoint {
  /** Address without a slash at the end, query or fragment; may have a path. */
  readonly base: string;
  readonly origin: string;
  /** Names the actor, and carries the API key when there is one. */
  readonly headers: Readonly<Record<string, string>>;
  /** The events' WebSocket. */
  readonly socketUrl: string;
}

/** @throws CONFIG_INVALID */
export function createEndpoint(url: string, actor: Actor, apiKey: string | undefined): Endpoint {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw errors.configInvalid(
      `"${url}" is not the address of a task service. Write http://… or https://…`,
    );
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw errors.configInvalid(
      `The address of the task service at ${parsed.host} must not carry a name or a password. ` +
        'Use an API key.',
    );
  }
  if (hasKey(apiKey) && parsed.protocol === 'http:' && !isLoopback(parsed.hostname)) {
    throw errors.configInvalid(
      `The API key is not sent to ${parsed.origin}, because the way there is not encrypted. Use https.`,
    );
  }
  const base = parsed.origin + parsed.pathname.replace(/\/+$/, '');
  return {
    base,
    origin: parsed.origin,
    headers: { ...actorHeaders(actor), ...keyHeader(apiKey) },
    socketUrl: socketUrl(base, actor),
  };
}

function actorHeaders(actor: Actor): Record<string, string> {
  return {
    'X-Actor-Type': actor.type,
    'X-Actor-ID': headerText(actor.id),
    'X-Actor-Name': headerText(actor.name),
  };
}

/** The only place that knows how the key travels. */
function keyHeader(apiKey: string | undefined): Record<string, string> {
  if (!hasKey(apiKey)) return {};
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw errors.configInvalid(
      'The API key has characters that no API key has (spaces, line ends or accents). Set it again.',
    );
  }
  return { Authorization: `Bearer ${apiKey}` };
}

function hasKey(apiKey: string | undefined): apiKey is string {
  return apiKey !== undefined && apiKey !== '';
}

/** As long as an id may be; services refuse, or cut in their own way, what is much longer. */
const MAX_ACTOR_CHARACTERS = 128;

/**
 * Printable ASCII as it is, everything else percent-encoded as UTF-8: fetch throws on characters
 * beyond Latin-1, and a line end would begin another header. Ids are printable ASCII (`isActorId`)
 * and never altered; a name such as "Zoë" arrives as "Zo%C3%AB", and unaltered over the socket.
 */
function headerText(text: string): string {
  let encoded = '';
  for (const character of text.trim()) {
    const next = /[\x20-\x7e]/.test(character) ? character : percentEncoded(character);
    if (encoded.length + next.length > MAX_ACTOR_CHARACTERS) break;
    encoded += next;
  }
  return encoded;
}

function percentEncoded(character: string): string {
  const hex = Buffer.from(character, 'utf8').toString('hex').toUpperCase();
  return hex.replace(/../g, (byte) => `%${byte}`);
}

function socketUrl(base: string, actor: Actor): string {
  const url = new URL(`${base}/ws`.replace(/^http/, 'ws'));
  url.searchParams.set('actor_type', actor.type);
  url.searchParams.set('actor_id', actor.id);
  url.searchParams.set('actor_name', actor.name.slice(0, MAX_ACTOR_CHARACTERS));
  return url.href;
}
