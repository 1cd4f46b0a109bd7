import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';

/** The SHA-256 of both files, which have to be the same byte for byte. */
export async function compare(one: string, other: string): Promise<string> {
  const [sent, received] = await Promise.all([fs.readFile(one), fs.readFile(other)]);
  if (!sent.equals(received)) throw new Error(`${other} differs from ${one}.`);
  return createHash('sha256').update(received).digest('hex');
}
