import { isDeepStrictEqual } from 'node:util';
import { BeelineError, type ErrorCode } from '../../src/core/errors';

/** What no decoder may do; its message begins the same for the same fault. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export function demand(holds: boolean, sentence: string, cause?: unknown): asserts holds {
  if (!holds) throw new Violation(sentence, { cause });
}

/** What was read, or undefined when it was refused with one of these codes. Nothing else may come. */
export function readOr<T>(codes: readonly ErrorCode[], read: () => T): { value: T } | undefined {
  try {
    return { value: read() };
  } catch (thrown) {
    checkRefusal(codes, thrown);
    return undefined;
  }
}

/** The same for what reads in its own time. */
export async function eventuallyOr<T>(
  codes: readonly ErrorCode[],
  reading: Promise<T>,
): Promise<{ value: T } | undefined> {
  try {
    return { value: await reading };
  } catch (thrown) {
    checkRefusal(codes, thrown);
    return undefined;
  }
}

function checkRefusal(codes: readonly ErrorCode[], thrown: unknown): void {
  demand(
    thrown instanceof BeelineError,
    `a refusal that is no BeelineError: ${text(thrown)}`,
    thrown,
  );
  const { code, message } = thrown;
  demand(codes.includes(code), `a refusal with ${code}, not one of ${codes.join(', ')}`, thrown);
  demand(
    message.length < MAX_SENTENCE,
    `a refusal of ${String(message.length)} characters`,
    thrown,
  );
}

/** Characters of a sentence for a person, whatever a stranger wrote. */
const MAX_SENTENCE = 2000;

export function demandSameBytes(one: Uint8Array, other: Uint8Array, sentence: string): void {
  demand(Buffer.compare(one, other) === 0, sentence);
}

export function demandEqual(one: unknown, other: unknown, sentence: string): void {
  demand(isDeepStrictEqual(one, other), sentence);
}

/** The input as JSON, or undefined when it is none. */
export function parseJson(input: Buffer): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(input.toString('utf8')) as unknown };
  } catch {
    return undefined;
  }
}

export function jsonSeeds(...values: readonly unknown[]): Buffer[] {
  return values.map((value) => Buffer.from(JSON.stringify(value)));
}

function text(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
}
