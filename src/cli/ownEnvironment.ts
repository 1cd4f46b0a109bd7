import { errors } from '../core/errors';

/** Settings that no other client of the task service has; absent ones are left out. */
export interface OwnEnvironment {
  readonly relays?: readonly string[];
  readonly directOnly?: boolean;
  /** A file, as it is named there. */
  readonly iceServersFile?: string;
}

const words: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  yes: true,
  on: true,
  '0': false,
  false: false,
  no: false,
  off: false,
};

/** @throws CONFIG_INVALID with a sentence that names the variable */
export function readOwnEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): OwnEnvironment {
  const keys = (env['BEELINE_RELAYS'] ?? '').split(/[\s,]+/).filter((key) => key !== '');
  const relays = keys.map((key) => key.toLowerCase());
  const wrong = relays.find((key) => !/^[0-9a-f]{64}$/.test(key));
  if (wrong !== undefined) {
    throw errors.configInvalid(
      `The variable BEELINE_RELAYS must be keys of 64 hex digits with commas between, not "${wrong}".`,
    );
  }
  const directOnly = directOnlyOf(env['BEELINE_DIRECT_ONLY']);
  const iceServersFile = env['BEELINE_ICE_SERVERS'] ?? '';
  return {
    ...(relays.length > 0 && { relays }),
    ...(directOnly !== undefined && { directOnly }),
    ...(iceServersFile !== '' && { iceServersFile }),
  };
}

/** An empty text is how shells leave a value out. */
function directOnlyOf(said = ''): boolean | undefined {
  if (said === '') return undefined;
  const value = words[said.toLowerCase()];
  if (value === undefined) {
    throw errors.configInvalid(`The variable BEELINE_DIRECT_ONLY must be 1 or 0, not "${said}".`);
  }
  return value;
}
