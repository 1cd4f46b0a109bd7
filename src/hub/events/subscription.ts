import type { HubEvent } from './eventLog';

/** What a client may say over the WebSocket. */
export type ClientMessage =
  | { readonly type: 'ping' }
  | { readonly type: 'subscribe'; readonly subscription: Subscription }
  | { readonly type: 'unsubscribe'; readonly id: SubscriptionId };

/** Clients number their subscriptions, or name them; null is the one of a client that does neither. */
export type SubscriptionId = string | number | null;

/** An absent filter lets everything through, an empty one too. */
export interface Subscription {
  readonly id: SubscriptionId;
  readonly channels: readonly string[];
  readonly taskTypes: readonly string[];
  readonly eventTypes: readonly string[];
}

/** Entries of one filter, and characters of one entry or id. */
const MAX_ENTRIES = 256;
const MAX_CHARACTERS = 256;

export function matches(subscription: Subscription, event: HubEvent): boolean {
  const { task } = event.data;
  return (
    lets(subscription.channels, task.channel) &&
    lets(subscription.taskTypes, task.type) &&
    lets(subscription.eventTypes, event.type)
  );
}

/** Gives the message, or a sentence that says what is wrong with it. */
export function readClientMessage(text: string): ClientMessage | { readonly error: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { error: 'The message is not JSON.' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { error: 'The message must be a JSON object with a type.' };
  }
  const message = value as Record<string, unknown>;
  switch (message['type']) {
    case 'ping':
      return { type: 'ping' };
    case 'subscribe':
      return readSubscription(message);
    case 'unsubscribe': {
      const id = readId(message['id']);
      return id === undefined ? { error: BAD_ID } : { type: 'unsubscribe', id };
    }
    default:
      return { error: 'The type must be subscribe, unsubscribe or ping.' };
  }
}

const BAD_ID = `id must be a number or a text of at most ${String(MAX_CHARACTERS)} characters.`;

function readSubscription(
  message: Readonly<Record<string, unknown>>,
): ClientMessage | { readonly error: string } {
  const id = readId(message['id']);
  if (id === undefined) return { error: BAD_ID };
  const lists: (readonly string[])[] = [];
  for (const name of ['channels', 'task_types', 'event_types']) {
    const list = readList(message[name]);
    if (list === undefined) {
      return {
        error:
          `${name} must be a list of at most ${String(MAX_ENTRIES)} texts ` +
          `of at most ${String(MAX_CHARACTERS)} characters.`,
      };
    }
    lists.push(list);
  }
  const [channels = [], taskTypes = [], eventTypes = []] = lists;
  return { type: 'subscribe', subscription: { id, channels, taskTypes, eventTypes } };
}

function readId(value: unknown): SubscriptionId | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.length <= MAX_CHARACTERS ? value : undefined;
}

function readList(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > MAX_ENTRIES) return undefined;
  const list: readonly unknown[] = value;
  return list.every((one) => typeof one === 'string' && one.length <= MAX_CHARACTERS)
    ? (list as readonly string[])
    : undefined;
}

function lets(filter: readonly string[], value: string): boolean {
  return filter.length === 0 || filter.includes(value);
}
