import { inspect } from 'node:util';
import { isErrorCode, toBeelineError, type ErrorData } from '../core/errors';

/**
 * Any thrown value as plain data. Recognised by its shape, not its class: the engine is a second
 * bundle with a class of its own.
 */
export function errorData(thrown: unknown): ErrorData {
  if (thrown instanceof Error && 'code' in thrown && isErrorCode(thrown.code)) {
    return { code: thrown.code, message: thrown.message };
  }
  return toBeelineError(thrown).toData();
}

/**
 * The whole chain of causes, for the log. With stacks only where nobody foresaw the error: a
 * mistyped setting needs none.
 */
export function errorChain(thrown: unknown): string {
  const { code, message } = errorData(thrown);
  const parts = code === 'INTERNAL' ? [] : [`${code}: ${message}`];
  const first = code === 'INTERNAL' || !(thrown instanceof Error) ? thrown : thrown.cause;
  for (let next = first; next !== undefined && parts.length < MAX_CAUSES;) {
    if (!(next instanceof Error)) return [...parts, inspect(next)].join(LINK);
    parts.push(next.stack ?? next.message);
    next = next.cause;
  }
  return parts.join(LINK);
}

const LINK = '\ncaused by: ';

/** Deeper chains are loops. */
const MAX_CAUSES = 8;
