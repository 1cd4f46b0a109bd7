import { agentErrors } from './errors/agentErrors';
import { make } from './errors/beelineError';
import { sessionErrors } from './errors/sessionErrors';

export {
  BeelineError,
  type ErrorCode,
  type ErrorData,
  errorCodes,
  fromData,
  isErrorCode,
  toBeelineError,
} from './errors/beelineError';

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

  ...agentErrors,
  ...sessionErrors,

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
