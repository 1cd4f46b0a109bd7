import type { IncomingOffer } from '../core/events';
import { offerTask } from './offerTask';
import type { FileOffer } from './types';

/** An offer as the library's listeners see it. */
export function fileOffer(
  offer: IncomingOffer,
  recipientId: string,
  answers: Pick<FileOffer, 'preview' | 'accept' | 'reject'>,
): FileOffer {
  const { fileName, fileSize, fileHash, kind, roots, entries, updates, sync } = offer;
  const { senderId, trust, agent } = offer;
  return {
    task: offerTask(offer, recipientId),
    ...{ fileName, fileSize, kind, roots, entries, senderId, trust },
    ...(fileHash === undefined ? {} : { fileHash }),
    ...(updates === undefined ? {} : { updates }),
    ...(sync === undefined ? {} : { sync }),
    verified: trust === 'verified',
    ...(agent === undefined ? {} : { agent }),
    ...answers,
  };
}
