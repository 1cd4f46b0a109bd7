import { randomBytes } from 'node:crypto';

/** A fresh name for a file that is not whole yet. Strangers' files never get such a name. */
export function partialName(): string {
  return `.beeline-${randomBytes(8).toString('hex')}.part`;
}

/**
 * The name of an empty file that asks a folder whether it can be written in. Always the same, so
 * that one which a crash left is found by the next who asks.
 */
export const PROBE_NAME = '.beeline-0000000000000000.part';

export function isPartialName(name: string): boolean {
  return /^\.beeline-[0-9a-f]{16}\.part$/.test(name);
}
