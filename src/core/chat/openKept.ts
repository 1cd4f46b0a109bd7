import { toBeelineError } from '../errors';
import { History, type HistoryLimits } from './history';
import { Outbox } from './outbox';
import { ReceivedIds } from './receivedIds';
import { memoryShelf } from './memoryShelf';
import type { Shelf } from './shelf';

export interface KeptOptions {
  readonly kid: string;
  /** Where it lasts. */
  readonly shelf: Shelf;
  /** Whether what was said lasts, or only what waits and which ids came. */
  readonly keepMessages: () => boolean;
  readonly log: (line: string) => void;
  readonly limits?: HistoryLimits;
}

/** What one conversation keeps. */
export interface Kept {
  readonly outbox: Outbox;
  readonly received: ReceivedIds;
  readonly history: History;
  /** Whether the history is where it lasts. */
  readonly lasts: () => boolean;
  /** Puts the history where the setting wants it now. */
  followSetting(): Promise<void>;
}

/**
 * Reads it. A process may have been killed between two of the three files, so each is held against
 * the others: the outbox decides what waits, the history what was said.
 * @param isShown a list shows what lasts there, so that it does not go unread
 */
export async function openKept(options: KeptOptions, isShown: boolean): Promise<Kept> {
  const { kid, shelf, keepMessages, log, limits } = options;
  const memory = memoryShelf();
  let isKeeping = isShown || keepMessages();
  if (!isKeeping) await History.erase(shelf);
  const [outbox, received] = [await Outbox.load(shelf, log), await ReceivedIds.load(shelf, log)];
  const history = await History.load(kid, isKeeping ? shelf : memory, log, limits);
  const kept: Kept = {
    outbox,
    received,
    history,
    lasts: () => isKeeping,
    async followSetting() {
      if (isKeeping === keepMessages()) return;
      isKeeping = keepMessages();
      await history.use(isKeeping ? shelf : memory, !isKeeping);
    },
  };
  try {
    await reconcile(kept, log);
  } catch (thrown) {
    // A full disk does not keep anybody from reading; the next start does this again.
    log(`a conversation: ${toBeelineError(thrown).message}`);
  }
  return kept;
}

async function reconcile(
  { outbox, received, history, lasts }: Kept,
  log: (line: string) => void,
): Promise<void> {
  const note = (thrown: unknown): void => {
    log(`a conversation: ${toBeelineError(thrown).message}`);
  };
  const waiting = [...outbox.all()];
  const done = waiting.filter(({ id }) => {
    const state = history.stateOf(id);
    return state === 'delivered' || state === 'read';
  });
  if (done.length > 0) {
    await outbox.done(
      done.map(({ id }) => id),
      !lasts(),
    );
  }
  await history.delivered(
    history.undelivered().filter((id) => !outbox.has(id)),
    note,
  );
  received.add(history.receivedIds());
  await received.flush();
  await history.add(waiting.filter(({ id }) => outbox.has(id) && !history.has(id)));
}
