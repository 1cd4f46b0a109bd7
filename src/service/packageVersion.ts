import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The version of the package that this code runs from: beside `dist` when it is built, two folders
 * up when the sources run as they are.
 */
export function packageVersion(from: string = __dirname): string {
  for (const up of ['..', '../..']) {
    try {
      const text = readFileSync(path.join(from, up, 'package.json'), 'utf8');
      const found = JSON.parse(text) as { readonly name?: unknown; readonly version?: unknown };
      if (found.name === 'beeline' && typeof found.version === 'string') return found.version;
    } catch {
      // The next place is looked at; a package without one still runs.
    }
  }
  return '0.0.0';
}
