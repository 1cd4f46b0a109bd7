import dns from 'node:dns/promises';
import net from 'node:net';
import os from 'node:os';
import { errors } from '../core/errors';
import { isLoopback } from '../core/loopback';

/** Where the hub binds: HTTP takes any address, the DHT speaks IPv4 only. */
export interface BindAddress {
  readonly http: string;
  readonly dht: string;
  /** The IPv4 address under which the DHT node knows itself; its id is made from it. */
  readonly dhtPublic: string;
  readonly kind: 'loopback' | 'wildcard' | 'address';
}

/** @throws CONFIG_INVALID when the name means nothing or has no IPv4 address */
export async function bindAddress(host: string): Promise<BindAddress> {
  if (host === '0.0.0.0' || host === '::') {
    return { http: host, dht: '0.0.0.0', dhtPublic: ownAddress(), kind: 'wildcard' };
  }
  if (isLoopback(host)) {
    const http = host === 'localhost' ? '127.0.0.1' : host;
    const dht = net.isIPv4(http) ? http : '127.0.0.1';
    return { http, dht, dhtPublic: dht, kind: 'loopback' };
  }
  const address = net.isIPv4(host) ? host : await lookup(host);
  return { http: host, dht: address, dhtPublic: address, kind: 'address' };
}

/** The host name of a `Host` or `Origin` header without its port, IPv6 in brackets. */
export function hostNameOf(authority: string): string | undefined {
  // What URL would take for a user name or a path is no part of a host.
  if (!/^[^@/?#\\\s]+$/.test(authority)) return undefined;
  const url = `http://${authority}`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

/** A host as it stands in an address. */
export function inUrl(host: string): string {
  return net.isIPv6(host) ? `[${host}]` : host;
}

function ownAddress(): string {
  const all = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
  return all.find((one) => one.family === 'IPv4' && !one.internal)?.address ?? '127.0.0.1';
}

async function lookup(host: string): Promise<string> {
  try {
    return (await dns.lookup(host, { family: 4 })).address;
  } catch (cause) {
    throw errors.configInvalid(
      `"${host}" has no IPv4 address, and the hub's DHT node needs one. ` +
        'Give an IPv4 address or a name that has one.',
      { cause },
    );
  }
}
