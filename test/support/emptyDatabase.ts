import { cpSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DATABASE_TEMPLATE, makeDatabaseTemplate } from './databaseTemplate';

/** Made when the first test needs it, unless the whole run has one already. */
let template: Promise<string> | undefined;

/** A folder with an empty database in `data`, for the caller to remove. */
export async function emptyDatabase(): Promise<string> {
  const made = process.env[DATABASE_TEMPLATE] ?? (await (template ??= makeDatabaseTemplate()));
  const folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-hub-'));
  // A thousand small files: one after the other costs a quarter of what promises for all of them do.
  cpSync(path.join(made, 'data'), path.join(folder, 'data'), { recursive: true });
  return folder;
}

// Registered where the file is loaded, which is the root: after the last test of the run.
after(async () => {
  if (template !== undefined) await rm(await template, { recursive: true, force: true });
});
