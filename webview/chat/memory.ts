import type { PageChat } from '../../src/bridge/chatPage';

/**
 * What the page leaves with the editor: the draft, and whose panel it is, by which the editor brings
 * it back after a reload.
 */
export interface Memory {
  readonly actorId?: string;
  readonly fingerprint?: string;
  readonly draft: string;
}

/** It comes from disk, so it may be anything. */
export function memoryFrom(state: unknown): Memory {
  const { draft } = (typeof state === 'object' && state !== null ? state : {}) as {
    readonly draft?: unknown;
  };
  return { draft: typeof draft === 'string' ? draft : '' };
}

export function memoryOf(chat: PageChat, draft: string): Memory {
  return { actorId: chat.actorId, fingerprint: chat.fingerprint, draft };
}
