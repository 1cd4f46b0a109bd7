import type { IncomingHttpHeaders } from 'node:http';

/**
 * Who may talk to a call's page server at all, asked before anything else of every request and
 * upgrade. A page that made its own name mean 127.0.0.1 is refused by `Host`, other pages by
 * `Origin` and by what the browser says of the request.
 */
export class PageGuard {
  /** By host (name and port, lower case): the origin that a page has which was asked for there. */
  private readonly origins = new Map<string, string>();

  /** @param addresses where the page is reached: on this machine, and as a proxy gives it */
  constructor(addresses: readonly string[]) {
    for (const address of addresses) {
      const { host, origin } = new URL(address);
      this.origins.set(host.toLowerCase(), origin);
      // A proxy may pass on the port that is implied by the protocol.
      this.origins.set(`${host.toLowerCase()}${portOf(address)}`, origin);
    }
  }

  /** Why it is refused, if it is. */
  refusal(headers: IncomingHttpHeaders, isUpgrade: boolean): string | undefined {
    const origin = this.originAt(headers.host);
    if (origin === undefined) return 'This address is not known here.';
    // A WebSocket of a page always says where the page is from; what says nothing is no page.
    if (isUpgrade && headers.origin === undefined) return 'Only the page itself may connect.';
    if (headers.origin !== undefined && !this.isOwn(headers.origin)) {
      return 'Pages of other addresses may not ask here.';
    }
    return isUpgrade ? undefined : embedded(headers);
  }

  /** The origin of a page that was asked for under this host. */
  originAt(host: string | undefined): string | undefined {
    return this.origins.get((host ?? '').toLowerCase());
  }

  /** A proxy may keep the browser's `Origin` and still say our own `Host`. */
  private isOwn(origin: string): boolean {
    return [...this.origins.values()].includes(origin);
  }

  /** For a policy: where a page of ours connects to, and nowhere else. */
  socketOrigins(): string[] {
    return [...new Set(this.origins.values())].map((origin) => origin.replace(/^http/, 'ws'));
  }
}

/** As the browser says itself; browsers that say nothing are held by `frame-ancestors`. */
function embedded(headers: IncomingHttpHeaders): string | undefined {
  const destination = headers['sec-fetch-dest'];
  if (['iframe', 'frame', 'object', 'embed'].includes(String(destination))) {
    return 'This page is not shown inside of others.';
  }
  const isNavigation = destination === undefined || destination === 'document';
  if (headers['sec-fetch-site'] === 'cross-site' && !isNavigation) {
    return 'Pages of other addresses may not ask here.';
  }
  return undefined;
}

function portOf(address: string): string {
  const { port, protocol } = new URL(address);
  if (port !== '') return '';
  return protocol === 'https:' ? ':443' : ':80';
}
