import type { IceServer as RtcServer } from 'node-datachannel';
import type { IceServer } from '../core/calling';

/** As RFC 7064 and 7065 give them when an address has none. */
const DEFAULT_PORT = 3478;
const DEFAULT_TLS_PORT = 5349;

const ADDRESS =
  /^(stun|stuns|turn|turns):(\[[^\]]+\]|[^:?[\]]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/;

/**
 * STUN and TURN servers as node-datachannel takes them. STUN over TLS is left out, which it does
 * not know; so is what cannot be read, since the others may do.
 */
export function rtcServersOf(servers: readonly IceServer[]): (string | RtcServer)[] {
  return servers.flatMap((server) =>
    server.urls.flatMap((url) => {
      const one = rtcServerOf(url, server);
      return one === undefined ? [] : [one];
    }),
  );
}

function rtcServerOf(
  url: string,
  { username, credential }: IceServer,
): string | RtcServer | undefined {
  const [, scheme, host = '', port, transport] = ADDRESS.exec(url) ?? [];
  if (scheme === 'stun') return `stun:${host}:${port ?? String(DEFAULT_PORT)}`;
  if (scheme !== 'turn' && scheme !== 'turns') return undefined;
  const isTls = scheme === 'turns';
  return {
    hostname: host.replace(/^\[|\]$/g, ''),
    port: Number(port ?? (isTls ? DEFAULT_TLS_PORT : DEFAULT_PORT)),
    ...(username !== undefined && { username }),
    ...(credential !== undefined && { password: credential }),
    relayType: isTls ? 'TurnTls' : transport === 'tcp' ? 'TurnTcp' : 'TurnUdp',
  };
}
