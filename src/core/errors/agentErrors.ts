import { make } from './beelineError';

/** Identities, invites, and what paired agents prove to each other. */
export const agentErrors = {
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
} as const;
