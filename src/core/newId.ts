import { randomBytes } from 'node:crypto';

/** Bytes: nobody guesses one, as the topic of a transfer derives from its id alone. */
const ID_BYTES = 16;

/** 32 lower-case hex digits by chance, for a transfer, message, call, peer or shell. */
export function newId(): string {
  return randomBytes(ID_BYTES).toString('hex');
}
