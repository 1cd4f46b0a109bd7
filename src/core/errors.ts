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

const make =
  <A extends unknown[]>(code: ErrorCode, sentence: (...args: A) => string) =>
  (...args: [...A, { cause?: unknown }?]): BeelineError => {
    const last = args.at(-1);
    const options = typeof last === 'object' && last !== null && 'cause' in last ? last : undefined;
    return new BeelineError(code, sentence(...(args as unknown as A)), options);
  };

/** One named constructor per situation. The optional last argument is `{ cause }`. */
export const errors = {
  pathNotFound: make(
    'PATH_NOT_FOUND',
    (path: string) => `There is nothing at ${path}. Check the path and send again.`,
  ),
  pathUnreadable: make(
    'PATH_UNREADABLE',
    (path: string) =>
      `${path} cannot be read with your permissions. Allow reading it and try again.`,
  ),
  folderNotYet: make(
    'NOT_A_FILE',
    (path: string) =>
      `${path} is a folder, and folders go to paired agents only. Pair with this one, or pack it first.`,
  ),
  notAFile: make(
    'NOT_A_FILE',
    (path: string) => `${path} is neither a file nor a folder, so it cannot be sent.`,
  ),
  linkLeadsOut: make(
    'LINK_REFUSED',
    (link: string, target: string) =>
      `${link} is a link to ${target}, outside of what is sent. Put the file itself there, or send ` +
      'without the link.',
  ),
  linkRefused: make(
    'LINK_REFUSED',
    () =>
      'What was offered has a link that leads out of it, so it was refused. Nothing was kept; ask ' +
      'for it without that link.',
  ),
  nameUnsendable: make(
    'NAME_REFUSED',
    (path: string, why: string) =>
      `${path} cannot be sent under its name, which ${why}. Rename it and send again.`,
  ),
  tooManyEntries: make(
    'TOO_LARGE',
    (entries: number) =>
      `At most ${String(entries)} files and folders can be sent at once. Send them in parts, or pack them.`,
  ),
  sourceChanged: make(
    'SOURCE_CHANGED',
    (path: string) =>
      `${path} changed while it was being sent. Try again once nothing writes to it.`,
  ),
  sourceVanished: make(
    'SOURCE_CHANGED',
    (path: string) => `${path} went away while it was being sent. Put it back and try again.`,
  ),
  sourceGrew: make(
    'SOURCE_CHANGED',
    (path: string) =>
      `With ${path} as it is now, there is far more to send than was offered. Make it smaller and ` +
      'try again, or cancel this and send it anew.',
  ),

  folderUnusable: make(
    'FOLDER_UNUSABLE',
    (folder: string, why: string) =>
      `Nothing can be saved in ${folder}: ${why}. Choose another folder.`,
  ),
  diskFull: make(
    'DISK_FULL',
    (folder: string) =>
      `There is not enough room in ${folder}. Free some space or choose another folder.`,
  ),
  nameUnholdable: make(
    'NAME_REFUSED',
    (name: string, why: string) =>
      `This disk cannot hold a file called "${name}": ${why}. Receive it on another disk or system, ` +
      'or ask for it under another name.',
  ),
  targetBusy: make(
    'TARGET_BUSY',
    (folder: string) =>
      `Another transfer is just bringing ${folder} up to date. Wait for it, or save a copy.`,
  ),
  journalNewer: make(
    'JOURNAL_NEWER',
    (folder: string) =>
      `${folder} belongs to a transfer that a newer Beeline began, and is left as it is. Update ` +
      'Beeline to go on with it.',
  ),
  nameRefused: make(
    'NAME_REFUSED',
    (why: string) =>
      `The sender's file name cannot be used here: ${why}. Ask for it under another name.`,
  ),

  declined: make(
    'DECLINED',
    (peer: string, reason: string | undefined) =>
      // A reason may be a sentence of its own, with its full stop.
      `${peer} declined${reason === undefined || reason === '' ? '' : `: ${reason.replace(/\.$/, '')}`}.`,
  ),
  notAllowed: make(
    'NOT_ALLOWED',
    (peer: string) => `${peer} is not on the list of agents that may send here.`,
  ),
  tooLarge: make(
    'TOO_LARGE',
    (size: number, limit: number) =>
      `The file has ${String(size)} bytes; at most ${String(limit)} are accepted here.`,
  ),
  cancelled: make('CANCELLED', () => 'Cancelled.'),
  cancelledByPeer: make('CANCELLED_BY_PEER', (peer: string) => `${peer} cancelled the transfer.`),
  offerUnknown: make(
    'OFFER_UNKNOWN',
    () => 'This offer is not open any more. Ask the sender to offer it again.',
  ),
  offerAnswered: make('OFFER_ANSWERED', () => 'This offer was already answered in another window.'),
  offerExpired: make(
    'OFFER_EXPIRED',
    (peer: string) =>
      `${peer} did not answer in time, so the offer was withdrawn. Send again when they are there.`,
  ),
  offerWithdrawn: make('OFFER_WITHDRAWN', (peer: string) => `${peer} withdrew the offer.`),
  offerTaken: make(
    'OFFER_TAKEN',
    (by: string) => `The offer was taken by ${by}, to whom it was not addressed. Nothing was sent.`,
  ),
  takenElsewhere: make('OFFER_TAKEN', () => 'The offer was accepted on another machine.'),

  connectTimeout: make(
    'CONNECT_TIMEOUT',
    (peer: string, seconds: number) =>
      `No connection to ${peer} came about within ${String(seconds)} s. ` +
      'Check that both sides use the same hub and that UDP is not blocked, then try again.',
  ),
  peerSilent: make(
    'PEER_SILENT',
    (seconds: number) =>
      `The other side said nothing for ${String(seconds)} s. Try again when its network is better.`,
  ),
  peerLost: make(
    'PEER_LOST',
    () => 'The connection to the other side was lost. Try again when both are online.',
  ),
  peerError: make('PEER_ERROR', (said: string) => `The other side stopped: ${said}`),
  protocol: make(
    'PROTOCOL',
    (what: string) =>
      `The other side broke the protocol (${what}). It may run another version; nothing was kept.`,
  ),
  metaMismatch: make(
    'META_MISMATCH',
    (what: string) =>
      `What the other side began to send is not what it had offered (${what}). Nothing was kept.`,
  ),
  hashMismatch: make(
    'HASH_MISMATCH',
    () =>
      'The received bytes do not have the SHA-256 that was offered. Nothing was kept; send again.',
  ),
  auditMismatch: make(
    'AUDIT_MISMATCH',
    (what: string) =>
      `The bytes were delivered, but the task service recorded something else (${what}). ` +
      'Ask the recipient what they received.',
  ),
  completedUnsent: make(
    'AUDIT_MISMATCH',
    (what: string) =>
      `The task service says that the transfer was completed before all was sent (${what}). ` +
      'Ask the recipient, and send again.',
  ),
  interrupted: make(
    'INTERRUPTED',
    () => 'The transfer was interrupted and could not go on. Send again.',
  ),

  agentUnknown: make(
    'AGENT_UNKNOWN',
    (who: string) => `${who} is not among your paired agents. Pair with it first.`,
  ),
  agentOffline: make(
    'AGENT_OFFLINE',
    (who: string) => `${who} is not online. It goes on by itself when ${who} is back.`,
  ),
  agentBlocked: make(
    'AGENT_BLOCKED',
    (who: string) => `You have blocked ${who}. Unblock it first.`,
  ),
  identityChanged: make(
    'IDENTITY_CHANGED',
    (actorId: string) =>
      `Somebody calls themselves ${actorId}, but has another identity than the ${actorId} you paired ` +
      'with. It may be a new installation, or somebody else. Ask them on another way; if it is them, ' +
      'remove the old one and pair again.',
  ),
  identityExposed: make(
    'IDENTITY_EXPOSED',
    (file: string) =>
      `Other users of this machine can read the identity in ${file}, so it is not used. ` +
      `If nobody has copied it, run: chmod 600 ${file}`,
  ),
  identityMissing: make(
    'IDENTITY_MISSING',
    (file: string) =>
      `There is an address book but no identity at ${file}. Restore it from a backup; to begin anew, ` +
      'move the book away and pair again.',
  ),
  identityDamaged: make(
    'IDENTITY_DAMAGED',
    (file: string, why: string) =>
      `The identity in ${file} cannot be used (${why}). Restore it from a backup, or move it and ` +
      'the address book away to begin anew and pair again.',
  ),
  bookNewer: make(
    'BOOK_NEWER',
    (file: string) =>
      `The address book ${file} was written by a newer Beeline and is left as it is. Update Beeline.`,
  ),
  bookDamaged: make(
    'BOOK_DAMAGED',
    (aside: string) =>
      `The address book was damaged and has been set aside as ${aside}. ` +
      'Restore it from a backup, or pair with your agents again.',
  ),
  inviteInvalid: make(
    'INVITE_INVALID',
    (why: string) => `This is not an invite (${why}). Copy it again, whole.`,
  ),
  inviteExpired: make(
    'INVITE_EXPIRED',
    () => 'The invite was not used within ten minutes. Make a new one.',
  ),
  inviteUnanswered: make(
    'INVITE_EXPIRED',
    () =>
      'Nobody answered to this invite. It may be mistyped, used or expired, or the other side is not ' +
      'reachable on this hub. Ask for a new one.',
  ),
  inviteTaken: make(
    'INVITE_TAKEN',
    () => 'Somebody else has used this invite. If that was not you, make a new one.',
  ),
  inviteSelf: make('INVITE_SELF', () => 'This invite is your own. Use it on the other machine.'),
  pairingDeclined: make('PAIRING_DECLINED', () => 'The other side did not confirm the pairing.'),
  pairingLost: make(
    'PAIRING_LOST',
    () => 'The connection was lost before both had confirmed. Make a new invite.',
  ),
  proofRefused: make(
    'PROOF_REFUSED',
    (who: string) => `Somebody tried to pass for ${who} and could not prove it. Nothing was shown.`,
  ),
  signatureInvalid: make(
    'SIGNATURE_INVALID',
    (who: string) =>
      `Something that claims to be from ${who} does not have its signature, and was ignored.`,
  ),
  clockSkew: make(
    'CLOCK_SKEW',
    (who: string) =>
      `The clocks of this machine and of ${who} differ by more than five minutes. Set them right.`,
  ),
  receiptMismatch: make(
    'RECEIPT_MISMATCH',
    () =>
      'The recipient confirmed something else than was sent. Ask what they received, and send again.',
  ),

  atsUnreachable: make(
    'ATS_UNREACHABLE',
    (url: string) =>
      `The task service at ${url} cannot be reached. Check the address and your network.`,
  ),
  atsRefused: make(
    'ATS_REFUSED',
    (status: number, said: string) => `The task service refused (HTTP ${String(status)}): ${said}`,
  ),
  atsUnauthorized: make(
    'ATS_UNAUTHORIZED',
    (url: string) =>
      `The task service at ${url} wants an API key, or another one. Set the key and try again.`,
  ),
  atsConflict: make('ATS_CONFLICT', (said: string) => `The task service refused: ${said}`),
  atsNotFound: make('ATS_NOT_FOUND', (what: string) => `The task service does not know ${what}.`),
  atsBadAnswer: make(
    'ATS_BAD_ANSWER',
    (url: string, why: string) =>
      `What answers at ${url} is not a task service that can be understood (${why}). Check the address.`,
  ),

  configInvalid: make('CONFIG_INVALID', (what: string) => what),
  homeUnusable: make(
    'HOME_UNUSABLE',
    (home: string, why: string) => `The Beeline home ${home} cannot be used: ${why}.`,
  ),
  homeBusy: make('HOME_BUSY', (what: string) => what),
  serviceLost: make(
    'SERVICE_LOST',
    () => 'The process that held the connection went away before it answered. Try again.',
  ),
  serviceVersion: make(
    'SERVICE_VERSION',
    (theirs: string) =>
      `Another version of Beeline (${theirs}) already runs for this home. Close it, or update both.`,
  ),
  nativeMissing: make(
    'NATIVE_MISSING',
    (platform: string) =>
      `Beeline's network parts cannot be loaded on this system (${platform}). ` +
      'They exist for Linux with glibc 2.33 or newer, macOS and Windows, on x64 and arm64.',
  ),
  partMissing: make(
    'PART_MISSING',
    (name: string) =>
      `This needs the package "${name}", which is not installed. Run: npm install ${name}`,
  ),
  internal: make('INTERNAL', (what: string) => `Something unexpected happened: ${what}`),
} as const;
