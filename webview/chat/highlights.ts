import type { CodePiece } from '../../src/bridge/chatPage';
import type { ChatHost } from './chatHost';

export type Pieces = readonly (readonly CodePiece[])[];

/**
 * Colours of code, asked of the host once per block and kept, so that rows which scroll out and in
 * again do not flicker; forgotten when the editor's theme changes.
 */
export class Highlights {
  private readonly known = new Map<string, Pieces>();
  private readonly asked = new Set<string>();
  private readonly listeners = new Set<() => void>();

  constructor(private readonly host: ChatHost) {
    host.on('theme', () => {
      this.known.clear();
      this.asked.clear();
      this.tell();
    });
  }

  /** The pieces, or none yet: `subscribe` tells when that changes. */
  of(text: string, language: string): Pieces | undefined {
    if (language === '' || text.length > MAX_TEXT) return undefined;
    const key = `${language}\n${text}`;
    const known = this.known.get(key);
    if (known === undefined && !this.asked.has(key)) this.fetch(key, text, language);
    return known;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private fetch(key: string, text: string, language: string): void {
    this.asked.add(key);
    this.host.ask('highlight', { text, language }).then(
      (pieces) => {
        // The theme has changed meanwhile, and these are the colours of the last one.
        if (!this.asked.has(key) || this.known.has(key)) return;
        // Words that are not those of the message would be somebody else's.
        if (!isSameText(pieces, text)) return;
        this.known.set(key, pieces);
        const oldest = this.known.keys().next();
        if (this.known.size > MAX_KNOWN && oldest.done !== true) this.forget(oldest.value);
        this.tell();
      },
      // It stays plain.
      () => undefined,
    );
  }

  private forget(key: string): void {
    this.known.delete(key);
    this.asked.delete(key);
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

/** Characters; longer code stays plain. */
const MAX_TEXT = 64 * 1024;
/** Blocks: far more than fit on a screen. */
const MAX_KNOWN = 200;

function isSameText(pieces: Pieces, text: string): boolean {
  const joined = pieces.map((line) => line.map((piece) => piece.text).join('')).join('\n');
  return joined === text.replace(/\r\n?/g, '\n');
}
