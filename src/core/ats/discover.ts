import * as v from 'valibot';
import { errors } from '../errors';
import type { Endpoint } from './endpoint';
import { exchange } from './exchange';
import { readAnswer } from './readAnswer';
import { hubAnswer } from './schemas';
import type { HubInfo } from './types';

/**
 * What a hub says about itself, or undefined from a service that is no hub: those answer with 404,
 * a login page, a redirect or something of their own.
 * A hub that is down or wants a key is an error: without what it says, peers would be looked for in
 * the wrong network.
 * @throws ATS_UNREACHABLE, ATS_UNAUTHORIZED, ATS_REFUSED, ATS_BAD_ANSWER, CANCELLED
 */
export async function discover(
  endpoint: Endpoint,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<HubInfo | undefined> {
  const path = '/.well-known/beeline';
  const request = { method: 'GET', path, what: endpoint.base + path } as const;
  const answer = await exchange(endpoint, request, timeoutMs, signal);
  const { status } = answer;
  if (status === 401 || status === 403 || status >= 500) readAnswer(endpoint, request, answer);
  const said = status >= 200 && status < 300 ? parseJson(answer.text) : undefined;
  if (typeof said !== 'object' || said === null || !('ats' in said)) return undefined;
  const hub = v.safeParse(hubAnswer, said);
  if (!hub.success) {
    throw errors.atsBadAnswer(endpoint.base, 'it describes itself in a wrong shape');
  }
  const { ats, bootstrap, relay } = hub.output;
  const hubAddress = `${endpoint.base}/`;
  const resolved = URL.canParse(ats, hubAddress) ? new URL(ats, hubAddress) : undefined;
  // The API key is sent there next, and a hub may not send it to somebody else.
  if (resolved?.origin !== endpoint.origin) {
    throw errors.atsBadAnswer(endpoint.base, 'it names a task service at another address');
  }
  const base = resolved.origin + resolved.pathname.replace(/\/+$/, '');
  return { ats: base, bootstrap, ...(relay !== undefined && { relay }) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
