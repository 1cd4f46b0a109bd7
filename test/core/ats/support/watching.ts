import assert from 'node:assert/strict';
import { createAtsClient } from '../../../../src/core/ats/client';
import type { AtsWatcher, TaskEvent, WatchState } from '../../../../src/core/ats/types';
import { createAtsWatcher } from '../../../../src/core/ats/watcher';
import type { AtsWatcherOptions } from '../../../../src/core/ats/watcher';
import { bob } from './actors';

/** A watcher, everything it told, and ways to wait for it. */
export interface Watching {
  readonly watcher: AtsWatcher;
  readonly events: TaskEvent[];
  readonly states: WatchState[];
  /** The events as short lines, for comparing: type, id, status. */
  readonly lines: () => string[];
  readonly until: (what: string, holds: () => boolean) => Promise<void>;
  readonly online: (via?: 'socket' | 'polling') => Promise<void>;
}

/** Fast enough for tests, and still in the order of the real ones. */
export const quick = {
  pingIntervalMs: 50,
  pongTimeoutMs: 100,
  connectTimeoutMs: 500,
  pollIntervalMs: 20,
  backoffMinMs: 5,
  backoffMaxMs: 40,
  stableMs: 1000,
} as const;

/** Longer than any test should need, shorter than mocha's own limit. */
const PATIENCE_MS = 18_000;

export async function withWatching(
  url: string,
  use: (watching: Watching) => Promise<void>,
  options: Partial<AtsWatcherOptions> = {},
): Promise<void> {
  const events: TaskEvent[] = [];
  const states: WatchState[] = [];
  let changed: (() => void) | undefined;
  const note = (): void => changed?.();
  const watcher = createAtsWatcher(
    {
      client: createAtsClient({ url, actor: bob, requestTimeoutMs: 2000 }),
      url,
      actor: bob,
      channels: ['p2p-transfer'],
      taskTypes: ['file_offer'],
      ...quick,
      ...options,
    },
    {
      onEvent: (event) => {
        events.push(event);
        note();
      },
      onState: (state) => {
        states.push(state);
        note();
      },
    },
  );
  const lines = (): string[] =>
    events.map(({ type, task }) => `${type} ${String(task.id)} ${task.status}`);

  async function until(what: string, holds: () => boolean): Promise<void> {
    const since = performance.now();
    while (!holds()) {
      const left = PATIENCE_MS - (performance.now() - since);
      const script = JSON.stringify({ state: watcher.state, states, lines: lines() }, null, 1);
      if (left <= 0) assert.fail(`waited in vain for: ${what}\n${script}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 20));
        changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const online = (via?: 'socket' | 'polling'): Promise<void> =>
    until(`online ${via ?? ''}`, () => {
      const { state } = watcher;
      return state.kind === 'online' && (via === undefined || state.via === via);
    });

  watcher.start();
  try {
    await use({ watcher, events, states, lines, until, online });
  } finally {
    await watcher.stop();
  }
}

/** A small seeded generator (mulberry32), so that a failure can be played again. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
