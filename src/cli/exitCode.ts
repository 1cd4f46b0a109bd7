import type { ErrorCode } from '../core/errors';

/** What the program answers to the shell that started it. `--help` lists these for people. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  declined: 3,
  timedOut: 4,
} as const;

/** 128 + the signal's number, as every Unix shell counts. */
export const signalCodes = { SIGHUP: 129, SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 } as const;

/** Errors that are more than a plain failure. */
const special: Partial<Record<ErrorCode, number>> = {
  CONFIG_INVALID: exitCodes.usage,
  DECLINED: exitCodes.declined,
  NOT_ALLOWED: exitCodes.declined,
  PAIRING_DECLINED: exitCodes.declined,
  CONNECT_TIMEOUT: exitCodes.timedOut,
  PEER_SILENT: exitCodes.timedOut,
  OFFER_EXPIRED: exitCodes.timedOut,
  INVITE_EXPIRED: exitCodes.timedOut,
};

export function exitCodeOf(code: ErrorCode): number {
  return special[code] ?? exitCodes.failed;
}

/** From bad to good: a failure says more than silence, silence more than a no. */
const severity: readonly number[] = [
  exitCodes.usage,
  exitCodes.failed,
  exitCodes.timedOut,
  exitCodes.declined,
];

/** One answer for several transfers: that of the worst. */
export function worstExitCode(codes: readonly number[]): number {
  return severity.find((code) => codes.includes(code)) ?? exitCodes.done;
}
