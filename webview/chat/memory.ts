/** What the page leaves with whoever brings it back: only what was written and not yet sent. */
interface Memory {
  readonly draft: string;
}

/** It comes from disk, so it may be anything. */
export function draftOf(state: unknown): string {
  const { draft } = (typeof state === 'object' && state !== null ? state : {}) as Partial<Memory>;
  return typeof draft === 'string' ? draft : '';
}

export function withDraft(draft: string): Memory {
  return { draft };
}
