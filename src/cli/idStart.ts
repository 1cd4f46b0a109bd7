import { errors } from '../core/errors';

/**
 * The one whose id begins with what was typed.
 * @param what for the sentence, such as `transfer`
 * @throws CONFIG_INVALID when several do, or none
 */
export function byIdStart<T>(
  typed: string,
  all: readonly T[],
  idOf: (one: T) => string,
  what: string,
): T {
  const found = all.filter((one) => idOf(one).startsWith(typed));
  const [one, another] = found;
  if (one === undefined) {
    throw errors.configInvalid(`This home has no ${what} whose id begins with ${typed}.`);
  }
  if (another !== undefined) {
    throw errors.configInvalid(
      `${String(found.length)} ids begin with ${typed}. Give more digits of the ${what} you mean.`,
    );
  }
  return one;
}
