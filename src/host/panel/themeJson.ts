import { posix } from 'node:path';

/** Themes include themes; deeper chains are loops. */
const MAX_INCLUDES = 8;

/**
 * A theme's file with what it includes, the including one's words last, since the last rule wins.
 * Only files of the same extension are read. @throws when a file is no theme
 */
export async function readThemeJson(
  path: string,
  read: (path: string) => Promise<string>,
): Promise<{ readonly colors: object; readonly tokenColors: readonly unknown[] }> {
  let colors: object = {};
  let tokenColors: readonly unknown[] = [];
  let next: string | undefined = posix.normalize(path);
  for (let depth = 0; next !== undefined && depth < MAX_INCLUDES; depth++) {
    if (next.startsWith('../') || posix.isAbsolute(next)) throw new Error('It leads elsewhere.');
    const theme = parseRelaxed(await read(next));
    if (typeof theme !== 'object' || theme === null) throw new Error('It is no theme.');
    const known = theme as Readonly<Record<string, unknown>>;
    if (typeof known['colors'] === 'object') colors = { ...known['colors'], ...colors };
    const rules: readonly unknown[] = Array.isArray(known['tokenColors'])
      ? known['tokenColors']
      : [];
    tokenColors = [...rules, ...tokenColors];
    const { include } = known as { readonly include?: unknown };
    next = typeof include === 'string' ? posix.join(posix.dirname(next), include) : undefined;
  }
  return { colors, tokenColors };
}

/** JSON as editors write their own: with comments, and commas at the end of lists. */
export function parseRelaxed(text: string): unknown {
  // Strings are matched first and kept, so that what only looks like a comment in one stays.
  const plain = text
    .replace(/^\ufeff/, '')
    .replace(/"(?:[^"\\]|\\.)*"|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//g, (part) =>
      part.startsWith('"') ? part : ' ',
    )
    .replace(/"(?:[^"\\]|\\.)*"|,(?=\s*[\]}])/g, (part) => (part === ',' ? '' : part));
  return JSON.parse(plain);
}
