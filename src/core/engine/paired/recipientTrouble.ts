import { BeelineError, type ErrorCode } from '../../errors';

/**
 * What the recipient's trouble with its own disk means to the sender: whose it is, and what makes it
 * go on. Undefined for what is none of that.
 */
export function recipientTrouble(code: ErrorCode, peer: string): BeelineError | undefined {
  const sentence = sentences[code];
  return sentence && new BeelineError(code, sentence(peer));
}

const sentences: Partial<Record<ErrorCode, (peer: string) => string>> = {
  DISK_FULL: (peer) =>
    `${peer} has no room for it. It goes on once ${peer} has made room and says so.`,
  FOLDER_UNUSABLE: (peer) =>
    `${peer} cannot save it in the folder chosen there. It goes on once ${peer} has mended that ` +
    'and says so.',
  HOME_UNUSABLE: (peer) =>
    `${peer} cannot use the folder that Beeline keeps its own things in. It goes on once ${peer} ` +
    'has mended that and says so.',
  TARGET_BUSY: (peer) =>
    `${peer} is just bringing the same folder up to date from another transfer. It goes on by ` +
    'itself after that.',
  JOURNAL_NEWER: (peer) =>
    `What has arrived of it at ${peer} belongs to a newer Beeline. It goes on once ${peer} has ` +
    'updated Beeline and says so.',
};
