import type { BridgeError } from '../src/bridge/envelope';

/** What a host refuses with, or `CLOSED` when nobody answers any more. */
export class HostError extends Error {
  readonly code: string;

  constructor({ code, message }: BridgeError) {
    super(message);
    this.name = 'HostError';
    this.code = code;
  }
}

/** The sentence that a person reads, whatever was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
