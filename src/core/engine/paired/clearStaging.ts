import { toBeelineError } from '../../errors';
import { sweepStaging } from '../../receivefs/tree/sweepStaging';
import type { PairedIncoming } from './pairedRecords';

/** Removes what arrived, if it is still there. Never rejects: it goes after two weeks else. */
export async function clearStaging(
  { staging }: PairedIncoming,
  log: (line: string) => void,
): Promise<void> {
  if (staging === undefined) return;
  await sweepStaging(staging).catch((thrown: unknown) => {
    log(toBeelineError(thrown).message);
  });
}
