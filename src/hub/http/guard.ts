import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../../core/loopback';
import { hostNameOf, type BindAddress } from '../hostNames';
import { refusals } from '../refusal';

/**
 * Who may talk to the hub at all, asked before anything else of every request and upgrade.
 *
 * A page in a browser must not drive a hub that listens on loopback: pages of other origins are
 * refused by `Origin`, which browsers send with everything that changes something and with every
 * WebSocket; a page that made its own name mean 127.0.0.1 is refused by `Host`.
 */
export class Guard {
  private readonly token: Buffer | undefined;

  constructor(
    private readonly bind: BindAddress,
    token: string | undefined,
  ) {
    this.token = token === undefined ? undefined : digest(token);
  }

  /** @throws Refusal 401 or 403 */
  check(headers: IncomingHttpHeaders): void {
    const host = headers.host ?? '';
    if (this.bind.kind === 'loopback' && !isLoopback(hostNameOf(host) ?? '')) {
      throw refusals.foreignHost(host);
    }
    const { origin } = headers;
    if (origin !== undefined && !isSameOrigin(origin, host)) throw refusals.foreignOrigin(origin);
    if (this.token !== undefined && !this.bears(headers.authorization, this.token)) {
      throw refusals.unauthorized();
    }
  }

  /** Digests have one length, so the comparison tells nothing, not even how long the token is. */
  private bears(authorization: string | undefined, token: Buffer): boolean {
    const given = /^bearer +(\S.*)$/i.exec(authorization ?? '')?.[1] ?? '';
    return timingSafeEqual(digest(given), token);
  }
}

function isSameOrigin(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
