import * as v from 'valibot';
import type { IceServer } from '../core/calling';
import { errors } from '../core/errors';

/** A TURN server as its password is kept: by address and user, never by its place in a list. */
export interface TurnServer {
  /** Host and port, as written. */
  readonly host: string;
  readonly username: string;
}

export interface IceSettings {
  /** Undefined: the defaults. */
  readonly servers: readonly IceServer[] | undefined;
  readonly withoutPassword: readonly TurnServer[];
}

/**
 * What `beeline.iceServers` says, with the passwords that are kept apart from it. A TURN server whose
 * password nobody has given is left out, because without it nobody is let in: chats and calls go on
 * with the others, and the person is told.
 * @throws CONFIG_INVALID
 */
export function iceServers(
  raw: unknown,
  turnPassword: (server: TurnServer) => string | undefined,
): IceSettings {
  if (raw === null || raw === undefined) return { servers: undefined, withoutPassword: [] };
  const servers: IceServer[] = [];
  const withoutPassword: TurnServer[] = [];
  for (const { urls, username } of written(raw)) {
    const turn = turnServerOf(urls, username);
    if (turn === undefined) {
      servers.push({ urls });
      continue;
    }
    const credential = turnPassword(turn);
    if (credential !== undefined) servers.push({ urls, username: turn.username, credential });
    else withoutPassword.push(turn);
  }
  return { servers, withoutPassword };
}

/** The TURN servers that the setting names; none when it is wrong, which is said elsewhere. */
export function turnServers(raw: unknown): readonly TurnServer[] {
  const parsed = v.safeParse(shape, raw);
  if (!parsed.success) return [];
  return parsed.output.flatMap(({ urls, username = '' }) =>
    username === '' ? [] : (turnServerOf(listOf(urls), username) ?? []),
  );
}

/** What the secret of a server's password is called after. */
export function turnServerKey({ host, username }: TurnServer): string {
  return `${username}@${host}`;
}

/** One setting may give several addresses of one server; its first names it. */
function turnServerOf(urls: readonly string[], username: string): TurnServer | undefined {
  for (const url of urls) {
    const host = /^turns?:([^?]+)/.exec(url)?.[1];
    if (host === undefined) continue;
    if (username === '') {
      throw errors.configInvalid(
        `beeline.iceServers: ${url} is a TURN server and needs a username.`,
      );
    }
    return { host, username };
  }
  return undefined;
}

function written(raw: unknown): readonly { readonly urls: string[]; readonly username: string }[] {
  const parsed = v.safeParse(shape, raw);
  if (!parsed.success) {
    throw errors.configInvalid(
      'beeline.iceServers must be a list like [{ "urls": ["stun:HOST:PORT"] }]; those of TURN have a ' +
        '"username", and their password is kept by Beeline: Set TURN Password.',
    );
  }
  return parsed.output.map(({ urls, username = '' }) => ({ urls: listOf(urls), username }));
}

function listOf(urls: string | string[]): string[] {
  return typeof urls === 'string' ? [urls] : urls;
}

const shape = v.array(
  // Strict, so that a password that is written here by mistake is refused, not kept in a settings file.
  v.strictObject({
    urls: v.union([v.string(), v.array(v.string())]),
    username: v.optional(v.string()),
  }),
);
