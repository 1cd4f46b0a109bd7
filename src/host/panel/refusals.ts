import { PageRefusal } from '../../pages/pageRequests';

/**
 * What a page asked and is not done, as a sentence for the person in front of it. Unlike the engine's
 * errors these never leave this window, so their codes are no part of the closed list.
 */
export const refusals = {
  shape: () =>
    new PageRefusal(
      'BAD_REQUEST',
      'The page asked for something that cannot be understood. Reload it.',
    ),
  notReady: () =>
    new PageRefusal('NOT_READY', 'Beeline is not running here. The status bar says what it needs.'),
  messageGone: () => new PageRefusal('MESSAGE_UNKNOWN', 'This message is not here any more.'),
  callOver: () => new PageRefusal('CALL_UNKNOWN', 'This call is over.'),
  transferGone: () => new PageRefusal('TRANSFER_UNKNOWN', 'This transfer is not here.'),
  outside: () =>
    new PageRefusal(
      'OUTSIDE_WORKSPACE',
      'This place is in none of the folders that are open here, so it is not opened.',
    ),
  notInWorkspace: (path: string) =>
    new PageRefusal(
      'NOT_IN_WORKSPACE',
      `There is no ${path} in the folders that are open here. Open the folder that has it, then try again.`,
    ),
  link: () =>
    new PageRefusal(
      'LINK_REFUSED',
      'Only links to web pages and mail addresses are opened from a chat.',
    ),
  noEditor: () =>
    new PageRefusal(
      'NO_EDITOR',
      'No text editor is open to insert this into. Open one, then try again.',
    ),
  notTrusted: () =>
    new PageRefusal(
      'RESTRICTED',
      'Sending files is off in Restricted Mode: files leave this machine only from folders you trust.',
    ),
  upload: (why: string) =>
    new PageRefusal('UPLOAD_REFUSED', `What was dropped is not sent: ${why}.`),
} as const;
