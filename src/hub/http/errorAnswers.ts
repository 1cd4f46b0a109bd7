import type { FastifyError, FastifyInstance, FastifySchemaValidationError } from 'fastify';
import { sqlState } from '../database/database';
import { Refusal, refusals } from '../refusal';

/** Every answer other than 2xx is `{ error: sentence }`, whoever found what was wrong. */
export function answerErrors(app: FastifyInstance, log: (line: string) => void): void {
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ error: `There is nothing at ${request.method} ${pathOf(request.url)}.` }),
  );
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { status, sentence } = answerTo(error);
    if (status >= 500) log(`${request.method} ${pathOf(request.url)}: ${describe(error)}`);
    if (status === 401) void reply.header('www-authenticate', 'Bearer');
    return reply.code(status).send({ error: sentence });
  });
}

/** For what Fastify finds before there is a route, such as an address that cannot be decoded. */
export function answerTo(error: FastifyError): {
  readonly status: number;
  readonly sentence: string;
} {
  if (error instanceof Refusal) return { status: error.status, sentence: error.message };
  const fromDatabase = databaseRefusal(error);
  if (fromDatabase !== undefined) {
    return { status: fromDatabase.status, sentence: fromDatabase.message };
  }
  switch (error.code) {
    case 'FST_ERR_VALIDATION':
      return { status: 400, sentence: error.message };
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { status: 413, sentence: 'The body is too large for this hub.' };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return { status: 415, sentence: 'The body must be application/json.' };
    default:
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return { status, sentence: asSentence(error.message) };
  return { status: 500, sentence: 'Something went wrong in the hub. Its log says what.' };
}

/** `must be <= 10` at `/priority` of `body` becomes a sentence that names the field. */
export function validationError(errors: FastifySchemaValidationError[], where: string): Error {
  const [first] = errors;
  const place = where === 'querystring' ? 'query' : where === 'params' ? 'address' : where;
  if (first === undefined) return new Error(`The ${place} is not valid.`);
  const missing = first.params['missingProperty'];
  if (first.keyword === 'required' && typeof missing === 'string') {
    return new Error(`The ${place} needs "${missing}".`);
  }
  const field = first.instancePath.slice(1).replaceAll('/', '.');
  const allowed = first.params['allowedValues'];
  const what =
    first.keyword === 'enum' && Array.isArray(allowed)
      ? `must be one of ${allowed.join(', ')}`
      : (first.message ?? 'is not valid');
  return new Error(field === '' ? `The ${place} ${what}.` : `"${field}" in the ${place} ${what}.`);
}

/** What PostgreSQL says: values it cannot take, or that it is not there. */
function databaseRefusal(error: FastifyError): Refusal | undefined {
  const state = sqlState(error);
  if (state !== undefined) {
    if (state.startsWith('22')) return refusals.unstorable();
    // Connections, resources, operator intervention, and locks that took too long.
    return /^(08|53|57|55P03|25P03|40)/.test(state) ? refusals.databaseAway() : undefined;
  }
  const code: unknown = error.code;
  const isNetwork = typeof code === 'string' && /^E(CONN|PIPE|TIMEDOUT|HOST|NET)/.test(code);
  const isPool = /^(Connection terminated|timeout exceeded|timeout expired|Client has)/.test(
    error.message,
  );
  return isNetwork || isPool ? refusals.databaseAway() : undefined;
}

function asSentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
