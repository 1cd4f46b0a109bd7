import { errors } from '../errors';
import { isLoopback } from '../engineConfig';
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

/** More than any name needs; servers refuse requests whose headers pass some kilobytes. */
const MAX_HEADER_CHARACTERS = 256;

/**
 * Printable ASCII as it is, everything else percent-encoded as UTF-8: fetch throws on characters
 * beyond Latin-1, and a line end would begin another header. Ids are printable ASCII (`isActorId`)
 * and never altered; a name such as "Zoë" arrives as "Zo%C3%AB", and unaltered over the socket.
 */
export function headerText(text: string): string {
  const bounded = Array.from(text.trim()).slice(0, MAX_HEADER_CHARACTERS).join('');
  return bounded.replace(/[^\x20-\x7e]+/gu, (part) =>
    Buffer.from(part, 'utf8')
      .toString('hex')
      .toUpperCase()
      .replace(/../g, (byte) => `%${byte}`),
  );
}

function socketUrl(base: string, actor: Actor): string {
  const url = new URL(`${base}/ws`.replace(/^http/, 'ws'));
  url.searchParams.set('actor_type', actor.type);
  url.searchParams.set('actor_id', actor.id);
  url.searchParams.set('actor_name', actor.name);
  return url.href;
}
