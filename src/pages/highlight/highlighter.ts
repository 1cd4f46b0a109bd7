import {
  createHighlighterCore,
  type GrammarState,
  type HighlighterCore,
  type ThemedToken,
  type ThemeRegistrationAny,
} from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';
import type { CodePiece } from '../../bridge/chatPage';
import { LANGUAGES, languageNamed } from './languages';
import { DEFAULT_THEMES, themeFrom, type ThemeKind } from './themes';

export type { ThemeKind };

export interface HighlightRequest {
  readonly text: string;
  /** As after a fence, or the editor's id. */
  readonly language: string;
  readonly theme: {
    readonly kind: ThemeKind;
    /** The parsed JSON of the editor's theme with its includes resolved; whatever a file held. */
    readonly json?: unknown;
  };
}

/**
 * Lines of pieces with the colours of a theme. What is unknown, too long or too slow comes back
 * plain; nothing here throws, since colour is not worth an error.
 */
export async function highlight(request: HighlightRequest): Promise<Pieces> {
  const { text } = request;
  const language = languageNamed(request.language);
  if (language === undefined || text.length > MAX_TEXT) return plain(text);
  try {
    const { core, theme } = await prepared(language, request.theme);
    return inTime(core, text, { lang: language, theme });
  } catch {
    return plain(text);
  }
}

type Pieces = readonly (readonly CodePiece[])[];

/** Characters of one block; beyond them time is not worth the colours. */
const MAX_TEXT = 64 * 1024;
/**
 * Characters of a line. One expression cannot be interrupted, and some take the third power of a
 * line's length: 2,000 times the same letter cost seconds, in which the editor does nothing else.
 */
const MAX_LINE = 300;
/** Milliseconds for a line; the first one of a language also pays for its expressions. */
const MAX_LINE_TIME = 1000;
/**
 * Milliseconds for a block after its first piece, which pays for what is made only once; looked at
 * between pieces, and the rest stays plain.
 */
const MAX_BLOCK_TIME = 500;
/** Lines of a piece. */
const PIECE = 4;

function inTime(
  core: HighlighterCore,
  text: string,
  options: { readonly lang: string; readonly theme: string },
): Pieces {
  const lines = text.split(LINE_END);
  let until: number | undefined;
  const pieces: (readonly CodePiece[])[] = [];
  let grammarState: GrammarState | undefined;
  while (pieces.length < lines.length && performance.now() < (until ?? Infinity)) {
    const some = lines.slice(pieces.length, pieces.length + PIECE);
    const found = core.codeToTokens(some.join('\n'), {
      ...options,
      ...(grammarState !== undefined && { grammarState }),
      tokenizeMaxLineLength: MAX_LINE,
      tokenizeTimeLimit: MAX_LINE_TIME,
    });
    grammarState = found.grammarState;
    pieces.push(...found.tokens.map((line) => line.map(pieceOf)));
    until ??= performance.now() + MAX_BLOCK_TIME;
  }
  return [...pieces, ...lines.slice(pieces.length).map((line) => [{ text: line }])];
}

/** One for the process: grammars are costly to load, and the same for every panel. */
let shared: Promise<HighlighterCore> | undefined;
/** The last theme given as JSON, by identity of its object: a new one only when it changes. */
let lastJson: { readonly json: unknown; readonly name: string } | undefined;
let jsonThemes = 0;

async function prepared(
  language: string,
  theme: HighlightRequest['theme'],
): Promise<{ readonly core: HighlighterCore; readonly theme: string }> {
  shared ??= createHighlighterCore({
    // Oniguruma would be a WebAssembly file beside the bundle; forgiving, because a rule that
    // JavaScript's expressions cannot say is left out rather than everything.
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
  const core = await shared;
  const grammar = LANGUAGES[language];
  if (grammar !== undefined && !core.getLoadedLanguages().includes(language)) {
    await core.loadLanguage(grammar);
  }
  return { core, theme: await loadedTheme(core, theme) };
}

async function loadedTheme(
  core: HighlighterCore,
  { kind, json }: HighlightRequest['theme'],
): Promise<string> {
  if (json !== undefined) {
    if (lastJson?.json === json) return lastJson.name;
    const name = `editor-${String(++jsonThemes)}`;
    const theme = themeFrom(json, kind, name);
    if (theme !== undefined && (await didLoad(core, theme))) {
      lastJson = { json, name };
      return name;
    }
  }
  const standard = DEFAULT_THEMES[kind];
  if (!core.getLoadedThemes().includes(standard.name)) await core.loadTheme(standard.load());
  return standard.name;
}

/** A theme is a file of somebody's extension: one that does not load is replaced by a standard one. */
async function didLoad(core: HighlighterCore, theme: ThemeRegistrationAny): Promise<boolean> {
  try {
    await core.loadTheme(theme);
    core.setTheme(theme);
    return true;
  } catch {
    return false;
  }
}

function pieceOf({ content, color, fontStyle }: ThemedToken): CodePiece {
  // The font styles of a TextMate theme are bits, and -1 when none is set.
  const style = Math.max(0, fontStyle ?? 0);
  return {
    text: content,
    ...(color === undefined ? {} : { color }),
    ...((style & BOLD) !== 0 ? { bold: true as const } : {}),
    ...((style & ITALIC) !== 0 ? { italic: true as const } : {}),
  };
}

const ITALIC = 1;
const BOLD = 2;

function plain(text: string): Pieces {
  return text.split(LINE_END).map((line) => [{ text: line }]);
}

const LINE_END = /\r\n|\n|\r/;
