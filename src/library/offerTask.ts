import type { IncomingOffer } from '../core/events';
import type { OfferTask } from './types';

/** The task that an offer came in, rebuilt from what was read of it. */
export function offerTask(offer: IncomingOffer, recipientId: string): OfferTask {
  return {
    ...(offer.taskId === undefined ? {} : { id: offer.taskId }),
    type: 'file_offer',
    channel: offer.channel,
    created_at: offer.createdAt,
    payload: {
      transfer_id: offer.transferId,
      sender_id: offer.senderId,
      recipient_id: recipientId,
      file_name: offer.fileName,
      file_size: offer.fileSize,
      ...(offer.fileHash === undefined ? {} : { file_hash: offer.fileHash }),
    },
  };
}
