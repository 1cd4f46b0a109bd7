import * as v from 'valibot';
import type { ChatMessage } from '../chatEvents';
import { hexId as id } from '../wire/shapes';
import { isHistoryName, type History } from './history';
import { readMessageAt } from './historyEntries';
import { OUTBOX_NAME } from './outbox';
import type { Shelf } from './shelf';

/** What a list shows of a conversation whose history nobody has read yet. */
export interface Glimpse {
  readonly unread: number;
  readonly last: ChatMessage;
}

const NAME = 'glimpse.json';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** It has nobody's words: those are read from where they stand. */
const record = v.object({
  version: v.literal(1),
  /** Bytes of each part of the history. When they are others, somebody has written since. */
  parts: v.record(v.string(), count),
  unread: count,
  last: v.object({
    name: v.string(),
    id,
    own: v.boolean(),
    offset: count,
    length: v.pipe(count, v.maxValue(1024 * 1024)),
    state: v.picklist(['waiting', 'sent', 'delivered', 'read', 'received', 'seen']),
  }),
});

export type GlimpseRecord = Omit<v.InferOutput<typeof record>, 'version'>;

/**
 * Left behind by an engine that stops, so that the next one need not read years of talk to show a
 * list. Whoever reads the history takes it away first: what follows would make it untrue.
 */
export async function leaveGlimpse(shelf: Shelf, history: History): Promise<void> {
  const seen = history.glimpse();
  if (seen === undefined) return;
  await shelf.replace(NAME, Buffer.from(JSON.stringify({ version: 1, ...seen })));
}

export async function dropGlimpse(shelf: Shelf): Promise<void> {
  await shelf.remove(NAME);
}

/** Undefined when the history has to be read: something waits, or this is not how it was left. */
export async function readGlimpse(kid: string, shelf: Shelf): Promise<Glimpse | undefined> {
  try {
    const bytes = await shelf.read(NAME);
    if (bytes === undefined) return undefined;
    const { parts, unread, last } = v.parse(record, JSON.parse(bytes.toString('utf8')));
    const sizes = await shelf.sizes();
    const names = [...sizes.keys()].filter(isHistoryName);
    const isAsLeft =
      !sizes.has(OUTBOX_NAME) &&
      names.length === Object.keys(parts).length &&
      names.every((name) => sizes.get(name) === parts[name]);
    if (!isAsLeft || !names.includes(last.name)) return undefined;
    const message = await readMessageAt(kid, shelf, last);
    return message === undefined ? undefined : { unread, last: message };
  } catch {
    // It only saves time.
    return undefined;
  }
}
