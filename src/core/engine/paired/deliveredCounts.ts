import type { Counts } from '../../transfer/tally';

/** What a result says of a transfer's files; what is nought goes without saying. */
export function deliveredCounts({ bytes, files, spared, changed, gone }: Omit<Counts, 'sent'>) {
  return {
    bytes,
    files,
    ...(spared > 0 && { spared }),
    ...(changed > 0 && { changed }),
    ...(gone > 0 && { gone }),
  };
}
