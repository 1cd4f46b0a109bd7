import { readdirSync } from 'node:fs';
import path from 'node:path';

/**
 * The test files of each of these folders. One that stands in several belongs to the innermost, and
 * one that stands in none is an error: nobody would notice that it never runs.
 */
export function testFiles(folders: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((name) => path.posix.join('test', name.replaceAll(path.sep, '/')))
    .filter((name) => name.endsWith('.test.ts'))
    .sort();
  const found = new Map<string, string[]>(folders.map((folder) => [folder, []]));
  for (const file of files) {
    const holding = folders.filter((folder) => file.startsWith(`${folder}/`));
    const [innermost] = holding.sort((one, other) => other.length - one.length);
    if (innermost === undefined) throw new Error(`${file} belongs to no suite of scripts/test.ts`);
    found.get(innermost)?.push(file);
  }
  return found;
}
