import { randomBytes } from 'node:crypto';

/** A fresh name for a file that is not whole yet. Strangers' files never get such a name. */
export function partialName(): string {
  return `.beeline-${randomBytes(8).toString('hex')}.part`;
}

export function isPartialName(name: string): boolean {
  return /^\.beeline-[0-9a-f]{16}\.part$/.test(name);
}
