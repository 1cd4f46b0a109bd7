import * as v from 'valibot';
import type { IceServer } from './calling';
import { errors } from './errors';

/**
 * Public STUN servers, by which both sides learn how the internet sees them: without them only
 * agents on one network connect. They see addresses and nothing else. Two, of different operators,
 * so that one may be down; more only make gathering slower.
 */
export const DEFAULT_ICE_SERVERS: readonly IceServer[] = [
  { urls: ['stun:stun.l.google.com:19302', 'stun:stun.cloudflare.com:3478'] },
];

/** Addresses in all; browsers ask each of them, and warn of slowness from the fifth on. */
const MAX_ADDRESSES = 16;
/** Characters; browsers take user names of at most 508 bytes (RFC 8489). */
const MAX_CREDENTIAL = 508;

const shape = v.array(
  v.object({
    urls: v.array(v.string()),
    username: v.exactOptional(v.string()),
    credential: v.exactOptional(v.string()),
  }),
);

/** `stun:HOST[:PORT]` as RFC 7064 has it, `turn:HOST[:PORT][?transport=udp|tcp]` as RFC 7065. */
const HOST_AND_PORT = String.raw`(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?`;
const STUN = new RegExp(`^stuns?:${HOST_AND_PORT}$`);
const TURN = new RegExp(String.raw`^turns?:${HOST_AND_PORT}(?:\?transport=(?:udp|tcp))?$`);
const MAX_PORT = 65_535;

/** Those in force: the defaults when nothing is said, none when an empty list is. */
export function iceServersOf(config: {
  readonly iceServers?: readonly IceServer[];
}): readonly IceServer[] {
  return config.iceServers ?? DEFAULT_ICE_SERVERS;
}

/** @throws CONFIG_INVALID with a sentence that names what is wrong, and no credential */
export function checkIceServers(servers: unknown): void {
  const parsed = v.safeParse(shape, servers);
  if (!parsed.success) {
    throw errors.configInvalid(
      'The ICE servers must be a list like [{ "urls": ["stun:HOST:PORT"] }]; ' +
        'those of TURN have a "username" and a "credential" as well.',
    );
  }
  const addresses = parsed.output.reduce((count, { urls }) => count + urls.length, 0);
  if (addresses > MAX_ADDRESSES) {
    throw errors.configInvalid(
      `At most ${String(MAX_ADDRESSES)} STUN and TURN addresses can be set, not ${String(addresses)}.`,
    );
  }
  for (const server of parsed.output) checkServer(server);
}

function checkServer({ urls, username = '', credential = '' }: IceServer): void {
  if (urls.length === 0) throw errors.configInvalid('An ICE server needs at least one address.');
  for (const url of urls) {
    const found = STUN.exec(url) ?? TURN.exec(url);
    const port = found === null ? Number.NaN : Number(found[1] ?? 1);
    if (!(port >= 1 && port <= MAX_PORT)) {
      // A password that somebody wrote into the address is not repeated.
      throw errors.configInvalid(
        `"${url.replace(/:.*@/, ':…@')}" is not the address of a STUN or TURN server: ` +
          'write stun:HOST:PORT, or turn:HOST:PORT, or stuns: and turns: for those with TLS.',
      );
    }
    if (TURN.test(url) && (username === '' || credential === '')) {
      throw errors.configInvalid(`The TURN server ${url} needs a username and a credential.`);
    }
  }
  if (username.length > MAX_CREDENTIAL || credential.length > MAX_CREDENTIAL) {
    throw errors.configInvalid(
      `Username and credential of an ICE server have at most ${String(MAX_CREDENTIAL)} characters.`,
    );
  }
}
