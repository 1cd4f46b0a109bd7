import path from 'node:path';
import type { Engine } from '../engine';
import {
  type BeelineError,
  type ErrorCode,
  type ErrorData,
  errors,
  toBeelineError,
} from '../errors';
import type { EngineEvent, Transfer } from '../events';
import { FolderWatch } from './folderWatch';
import { type RoundTarget, runRound } from './syncRound';
import { Wake } from './wake';

export interface FollowOptions extends RoundTarget {
  readonly engine: Engine;
  /** Whatever happens, in order. */
  readonly onRound?: ((state: FollowState) => void) | undefined;
  /** Milliseconds without a change before a round begins. */
  readonly debounceMs?: number;
  readonly signal: AbortSignal;
}

/** What following a folder is at. */
export type FollowState =
  /**
   * Waits for changes; without the system's help (`polling`) they are looked for every few seconds,
   * and the error says why.
   */
  | { readonly kind: 'watching'; readonly by: 'events' }
  | { readonly kind: 'watching'; readonly by: 'polling'; readonly error: ErrorData }
  /** A round was offered, or goes on. */
  | { readonly kind: 'round'; readonly transferId: string; readonly transfer?: Transfer }
  /** The recipient has what was here when the round began. */
  | { readonly kind: 'inStep'; readonly transfer: Transfer }
  /** The round came to nothing. It is tried again when something changes, or before that. */
  | { readonly kind: 'failed'; readonly error: ErrorData; readonly again: TryAgain }
  /** The folder is not there. Nothing is removed at the recipient's; it goes on when it is back. */
  | { readonly kind: 'gone'; readonly path: string };

/** What a round that failed waits for: the next change, the agent as well, or a while as well. */
export type TryAgain = 'change' | 'agent' | 'while';

/** Saving many files takes an editor or a compiler less than this from one to the next. */
const DEBOUNCE_MS = 500;
/** Where changes never end, a round begins all the same after so many times the debounce. */
const MAX_DEBOUNCES = 20;
/** Milliseconds before what may have passed is tried again; doubled each time. */
const FIRST_WAIT_MS = 5_000;
const MAX_WAIT_MS = 5 * 60_000;

/** What trying again cannot mend: somebody said no, or has to do something first. */
const final: readonly ErrorCode[] = [
  'CONFIG_INVALID',
  'AGENT_UNKNOWN',
  'AGENT_BLOCKED',
  'IDENTITY_CHANGED',
  'DECLINED',
  'NOT_ALLOWED',
  'OFFER_TAKEN',
];
/** What lies in the folder itself, or was somebody's wish for this round. */
const mended: readonly ErrorCode[] = [
  'PATH_NOT_FOUND',
  'PATH_UNREADABLE',
  'NOT_A_FILE',
  'NAME_REFUSED',
  'LINK_REFUSED',
  'TOO_LARGE',
  'CANCELLED',
  'CANCELLED_BY_PEER',
  'OFFER_WITHDRAWN',
];
const absent: readonly ErrorCode[] = [
  'AGENT_OFFLINE',
  'PEER_LOST',
  'PEER_SILENT',
  'CONNECT_TIMEOUT',
  'OFFER_EXPIRED',
];

/**
 * Keeps a paired agent's copy of a folder in step with it, one way: a round at once, and another one
 * after each change, never two at a time. Resolves when the signal says so; the round that is
 * running is cancelled then, and what has arrived of it is used by the next.
 * @throws PATH_NOT_FOUND and what the first look at the folder meets; CONFIG_INVALID, AGENT_UNKNOWN,
 * AGENT_BLOCKED, IDENTITY_CHANGED, DECLINED, NOT_ALLOWED, OFFER_TAKEN from any round
 */
export async function followFolder(options: FollowOptions): Promise<void> {
  const { engine, signal, onRound = nothing } = options;
  if (signal.aborted) return;
  if (!path.isAbsolute(options.path)) throw errors.internal('a folder that is not absolute');
  const wake = new Wake(signal);
  const watch = await FolderWatch.open(options, {
    onChange: () => {
      wake.up();
    },
    onState: onRound,
    signal,
  });
  const stopListening = engine.onEvent((event) => {
    if (isBack(event, options)) wake.up('agent');
  });
  try {
    await follow(options, wake, watch);
  } finally {
    stopListening();
    wake.close();
    await watch.close();
  }
}

async function follow(options: FollowOptions, wake: Wake, watch: FolderWatch): Promise<void> {
  const { signal, onRound = nothing, debounceMs = DEBOUNCE_MS } = options;
  const isOver = (): boolean => signal.aborted;
  let waitMs = FIRST_WAIT_MS;
  wake.up();
  while (await wake.isUp()) {
    await wake.settle(debounceMs, MAX_DEBOUNCES * debounceMs);
    if (isOver()) return;
    wake.down();
    if (!watch.isThere) {
      onRound({ kind: 'gone', path: options.path });
      continue;
    }
    try {
      const transfer = await runRound(options, (now) => {
        onRound({ kind: 'round', ...now });
      });
      onRound({ kind: 'inStep', transfer });
      waitMs = FIRST_WAIT_MS;
    } catch (thrown) {
      const error = toBeelineError(thrown);
      if (isOver()) return;
      if (final.includes(error.code)) throw error;
      const again = tryAgain(error);
      onRound({ kind: 'failed', error: error.toData(), again });
      if (again === 'while') {
        wake.upAfter(waitMs);
        waitMs = Math.min(waitMs * 2, MAX_WAIT_MS);
      } else if (again === 'agent') {
        wake.upWith('agent');
        // Should it have been back before the round was given up, nobody tells so again.
        wake.upAfter(MAX_WAIT_MS);
      }
    }
    onRound(watch.state);
  }
}

function tryAgain({ code }: BeelineError): TryAgain {
  if (mended.includes(code)) return 'change';
  return absent.includes(code) ? 'agent' : 'while';
}

function isBack(event: EngineEvent, { agent, recipientId }: RoundTarget): boolean {
  const agents =
    event.type === 'agents'
      ? event.agents
      : event.type === 'moved'
        ? event.snapshot.agents
        : undefined;
  return (
    agents?.some(
      ({ kid, actorId, presence }) =>
        presence.kind === 'online' &&
        (agent === undefined ? actorId === recipientId : kid === agent),
    ) ?? false
  );
}

function nothing(): void {
  // Nobody wants to know.
}
