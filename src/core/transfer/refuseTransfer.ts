import type { BeelineError } from '../errors';
import { MessageType, encodeFail } from '../wire/v2';
import { failFor } from './failReason';
import type { MessageChannel } from './messageChannel';

/**
 * Says why a channel that the other side has opened leads nowhere, and closes it. An id that nobody
 * knows and one that belongs to somebody else get the same OFFER_UNKNOWN, else one could find out
 * which ids there are.
 */
export function refuseTransfer(channel: MessageChannel, error: BeelineError): void {
  const reason = failFor(error);
  if (reason !== undefined) {
    channel.send(MessageType.fail, encodeFail(reason))?.catch(() => undefined);
  }
  channel.close();
}
