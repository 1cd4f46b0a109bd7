import * as v from 'valibot';
import { errors } from '../errors';
import type { BeelineError } from '../errors';
import type { Endpoint } from './endpoint';
import type { Answer, AtsRequest } from './exchange';

/**
 * The JSON of a successful answer; every other answer as the coded error it means.
 * @throws ATS_UNAUTHORIZED, ATS_NOT_FOUND, ATS_CONFLICT, ATS_REFUSED, ATS_BAD_ANSWER
 */
export function readAnswer(endpoint: Endpoint, request: AtsRequest, answer: Answer): unknown {
  if (answer.status < 200 || answer.status >= 300) throw failure(endpoint, request, answer);
  try {
    return JSON.parse(answer.text) as unknown;
  } catch (cause) {
    throw errors.atsBadAnswer(endpoint.base, 'its answer is not JSON', { cause });
  }
}

function failure(endpoint: Endpoint, request: AtsRequest, answer: Answer): BeelineError {
  const { status } = answer;
  // Status 0 is how a fetch that follows the browsers' rules shows a redirect it did not follow.
  if (status < 400) return redirected(endpoint, answer);
  if (status === 401 || status === 403) return errors.atsUnauthorized(endpoint.base);
  if (status === 404) return errors.atsNotFound(request.what);
  const said = sentence(answer);
  if (status === 409) return errors.atsConflict(said);
  const names = request.transition === true && status < 500 && namesStatus(said);
  return names ? errors.atsConflict(said) : errors.atsRefused(status, said);
}

function redirected(endpoint: Endpoint, answer: Answer): BeelineError {
  const { location } = answer;
  const to =
    location !== undefined && URL.canParse(location, endpoint.base)
      ? new URL(location, endpoint.base).origin
      : 'somewhere else';
  return errors.atsBadAnswer(
    endpoint.base,
    `it redirects to ${printable(to)}, and redirects are not followed, so that the API key goes ` +
      'nowhere else',
  );
}

/**
 * Whether a refusal of a transition is about the task's status, as services that answer 400 say it:
 * "already in_progress", "cannot complete a task that is pending". A bare "failed" is not taken for
 * a status, because "validation failed" is about something else.
 */
function namesStatus(said: string): boolean {
  return (
    /\b(in[_ -]progress|pending|completed|cancell?ed|rejected|claimed)\b/i.test(said) ||
    /\b(already|is|status|from|a)\W+failed\b/i.test(said)
  );
}

const refusalSchema = v.object({
  error: v.fallback(v.optional(v.string()), undefined),
  message: v.fallback(v.optional(v.string()), undefined),
});

/** The service's own words when it sent some as JSON; a proxy's HTML is of no use to anybody. */
function sentence({ status, statusText, text }: Answer): string {
  let said: string | undefined;
  try {
    const refusal = v.parse(refusalSchema, JSON.parse(text));
    said = refusal.error ?? refusal.message;
  } catch {
    // Not JSON, or not an object: the status has to do.
  }
  const words = printable(said ?? statusText);
  return words === '' ? `it gave no reason (status ${status}).` : words;
}

/** Characters. A sentence for a notification, not a page. */
const MAX_SENTENCE = 500;

/** Without characters that move a terminal's cursor or turn the direction of the text around. */
function printable(text: string): string {
  const shown = text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
  return Array.from(shown).slice(0, MAX_SENTENCE).join('');
}
