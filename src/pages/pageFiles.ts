import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

/** What a call's page is made of: its script, its styles and the icons' font. */
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ttf': 'font/ttf',
};

/**
 * The page's own files by name, read once: what is asked for is looked up in this list and never
 * becomes a path. @throws when the folder cannot be read
 */
export async function pageFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const type = types[path.extname(entry.name)];
    const isOurs = entry.name.startsWith('call.') || entry.name.endsWith('.ttf');
    if (!entry.isFile() || type === undefined || !isOurs) continue;
    files.set(entry.name, { type, bytes: await readFile(path.join(folder, entry.name)) });
  }
  return files;
}

/** Addresses are relative, because a proxy may put a prefix before them. */
export const CALL_PAGE_HTML = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Beeline call</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="call.css" />
    <script src="call.js" defer></script>
  </head>
  <body class="call-page">
    <div id="root"></div>
    <noscript>The call needs JavaScript.</noscript>
  </body>
</html>
`;
