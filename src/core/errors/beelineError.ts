/**
 * Everything that can go wrong, as a closed list.
 *
 * A code crosses the local socket, `--json` output and the task thread; the sentence is for people
 * and says what happened and what to do. Stacks never leave the process.
 */
export const errorCodes = [
  // What we were asked to send
  'PATH_NOT_FOUND',
  'PATH_UNREADABLE',
  'NOT_A_FILE',
  'SOURCE_CHANGED',
  'LINK_REFUSED',
  // Where it should go
  'FOLDER_UNUSABLE',
  'DISK_FULL',
  'NAME_REFUSED',
  'TARGET_BUSY',
  'JOURNAL_NEWER',
  // What the two sides decided
  'DECLINED',
  'NOT_ALLOWED',
  'TOO_LARGE',
  'CANCELLED',
  'CANCELLED_BY_PEER',
  'OFFER_UNKNOWN',
  'OFFER_ANSWERED',
  'OFFER_EXPIRED',
  'OFFER_WITHDRAWN',
  'OFFER_TAKEN',
  // What happened on the way
  'CONNECT_TIMEOUT',
  'PEER_SILENT',
  'PEER_LOST',
  'PEER_ERROR',
  'PROTOCOL',
  'META_MISMATCH',
  'HASH_MISMATCH',
  'AUDIT_MISMATCH',
  'INTERRUPTED',
  // Paired agents
  'AGENT_UNKNOWN',
  'AGENT_OFFLINE',
  'AGENT_BLOCKED',
  'IDENTITY_CHANGED',
  'IDENTITY_EXPOSED',
  'IDENTITY_MISSING',
  'IDENTITY_DAMAGED',
  'BOOK_NEWER',
  'BOOK_DAMAGED',
  'INVITE_INVALID',
  'INVITE_EXPIRED',
  'INVITE_TAKEN',
  'INVITE_SELF',
  'PAIRING_DECLINED',
  'PAIRING_LOST',
  'PROOF_REFUSED',
  'SIGNATURE_INVALID',
  'CLOCK_SKEW',
  'RECEIPT_MISMATCH',
  // Chats and calls
  'MESSAGE_TOO_LARGE',
  'CHAT_FULL',
  'CHAT_UNAVAILABLE',
  'CALL_UNKNOWN',
  'CALL_ANSWERED',
  'CALL_BUSY',
  'CALL_UNREACHABLE',
  'PEER_TAKEN',
  // The task service
  'ATS_UNREACHABLE',
  'ATS_REFUSED',
  'ATS_UNAUTHORIZED',
  'ATS_CONFLICT',
  'ATS_NOT_FOUND',
  'ATS_BAD_ANSWER',
  // This machine
  'CONFIG_INVALID',
  'HOME_UNUSABLE',
  'HOME_BUSY',
  'SERVICE_LOST',
  'SERVICE_VERSION',
  'NATIVE_MISSING',
  'PART_MISSING',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** An error as plain data, for sockets, journals and `--json`. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
}

export class BeelineError extends Error {
  override readonly name = 'BeelineError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  toData(): ErrorData {
    return { code: this.code, message: this.message };
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && (errorCodes as readonly string[]).includes(value);
}

/** Any thrown value as one of ours; what we did not foresee becomes `INTERNAL` and keeps its cause. */
export function toBeelineError(thrown: unknown): BeelineError {
  if (thrown instanceof BeelineError) return thrown;
  // The hub and the editor's engine are bundles of their own, each with a class of its own.
  if (thrown instanceof Error && thrown.name === 'BeelineError') {
    const { code } = thrown as { readonly code?: unknown };
    if (isErrorCode(code)) return new BeelineError(code, thrown.message, { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new BeelineError('INTERNAL', `Something unexpected happened: ${message}`, {
    cause: thrown,
  });
}

export function fromData(data: ErrorData): BeelineError {
  return new BeelineError(data.code, data.message);
}

/** The constructor of one situation: its arguments are those of the sentence, then `{ cause }`. */
export const make =
  <A extends unknown[]>(code: ErrorCode, sentence: (...args: A) => string) =>
  (...args: [...A, { cause?: unknown }?]): BeelineError => {
    const last = args.at(-1);
    const options = typeof last === 'object' && last !== null && 'cause' in last ? last : undefined;
    return new BeelineError(code, sentence(...(args as unknown as A)), options);
  };
