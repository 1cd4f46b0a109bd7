import { constants, mkdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../../errors';
import type { Manifest } from '../../transfer/manifest';
import { systemCode } from '../diskError';
import { isPartialName, partialName } from '../partialName';
import { type DiskTraits, diskTraits } from './diskTraits';
import { rootOf } from './ledger';
import { JOURNAL_NAME, removeStaging } from './removeStaging';
import { isRealFolder, makeWorkable } from './realFolders';
import {
  JOURNAL_VERSION,
  type JournalHeader,
  type JournalLine,
  JournalWriter,
  readJournal,
} from './stagingJournal';
import { readJournalFile, sweepStaging } from './sweepStaging';
import { placedAt } from './treeState';

export interface StagingRequest {
  /** Beside which it lies: the folder of the target. */
  readonly beside: string;
  /** An earlier one, to go on in. */
  readonly earlier: string | undefined;
  readonly onStaging: (staging: string) => Promise<void>;
  readonly header: Omit<JournalHeader, 't' | 'v'>;
}

/**
 * The temporary sibling of a target: a private folder with the arriving tree and its journal. Roots
 * have numbers there, so that no name of theirs matters before they are placed.
 */
export class StagingFolder {
  readonly #made = new Set<string>();
  readonly #numbers = new Map<string, number>();

  private constructor(
    readonly path: string,
    readonly roots: readonly string[],
    readonly journal: JournalWriter,
    readonly traits: DiskTraits,
    /** What an earlier run wrote. */
    readonly header: JournalHeader,
    readonly lines: readonly JournalLine[],
    /** Nothing has arrived in it yet. */
    readonly isNew: boolean,
  ) {
    roots.forEach((root, number) => this.#numbers.set(root, number));
  }

  /** @throws JOURNAL_NEWER, and what the disk throws */
  static async open(request: StagingRequest, manifest: Manifest): Promise<StagingFolder> {
    const roots = [...new Set(manifest.entries.map((entry) => rootOf(entry.path)))];
    const { folder, header, lines, goodBytes } = await findOrMake(request);
    const journal = await JournalWriter.open(path.join(folder, JOURNAL_NAME), goodBytes);
    try {
      if (goodBytes === 0) {
        journal.add(header);
        await journal.flush();
      }
      const traits = await diskTraits(folder);
      const staging = new StagingFolder(
        folder,
        roots,
        journal,
        traits,
        header,
        lines,
        goodBytes === 0,
      );
      if (lines.length > 0) await staging.#makeWorkable(manifest);
      return staging;
    } catch (thrown) {
      await journal.close();
      throw thrown;
    }
  }

  /** The number of the root of an entry; -1 for none of this transfer. */
  numberOf(entryPath: string): number {
    return this.#numbers.get(rootOf(entryPath)) ?? -1;
  }

  /** Where a root of this number lies. */
  root(number: number): string {
    return this.path + path.sep + String(number);
  }

  /** Where an entry of the manifest lies. */
  place(entryPath: string): string {
    return placedAt(this.root(this.#numbers.get(rootOf(entryPath)) ?? 0), entryPath);
  }

  /** What arrived of a file before it was begun anew by blocks. */
  earlierPart(index: number): string {
    return path.join(this.path, `old-${index}`);
  }

  /** Makes the folders above an entry, private ones. */
  makeParents(place: string): void {
    const parent = path.dirname(place);
    if (this.#made.has(parent) || parent === this.path) return;
    this.makeParents(parent);
    try {
      mkdirSync(parent, 0o700);
    } catch (thrown) {
      if (systemCode(thrown) !== 'EEXIST') throw thrown;
    }
    this.#made.add(parent);
  }

  /** A new file, in place of whatever part of it was there. */
  async create(place: string): Promise<FileHandle> {
    this.makeParents(place);
    await rm(place, { force: true });
    return open(place, CREATE_FLAGS, 0o600);
  }

  /** Removes everything. */
  async remove(): Promise<void> {
    await this.journal.close().catch(() => undefined);
    await removeStaging(this.path);
  }

  /** A crash may have come after the folders had got the modes that they end with. */
  async #makeWorkable({ entries }: Manifest): Promise<void> {
    for (const entry of entries) {
      if (entry.kind === 'folder') await makeWorkable(this.place(entry.path));
    }
  }
}

/** Nobody's link is followed, and nobody's file is written into. */
const CREATE_FLAGS =
  constants.O_RDWR |
  constants.O_CREAT |
  constants.O_EXCL |
  ((constants as Partial<typeof constants>).O_NOFOLLOW ?? 0);

interface FoundStaging {
  readonly folder: string;
  readonly header: JournalHeader;
  readonly lines: readonly JournalLine[];
  readonly goodBytes: number;
}

async function findOrMake(request: StagingRequest): Promise<FoundStaging> {
  const header: JournalHeader = { t: 'header', v: JOURNAL_VERSION, ...request.header };
  const { earlier } = request;
  if (
    earlier !== undefined &&
    isPartialName(path.basename(earlier)) &&
    (await isRealFolder(earlier))
  ) {
    const content = readJournal((await readJournalFile(earlier)) ?? Buffer.alloc(0));
    if (content.kind === 'newer') throw errors.journalNewer(earlier);
    if (content.kind === 'read' && isSame(content.header, header)) {
      return { folder: earlier, ...content };
    }
    // Of another list, or of none that can be read: what is in it is of no use any more. What is not
    // ours at all stays.
    if (
      (content.kind !== 'read' || isOurs(content.header, header)) &&
      (await sweepStaging(earlier))
    ) {
      await mkdir(earlier, 0o700);
      return { folder: earlier, header, lines: [], goodBytes: 0 };
    }
  }
  const folder = path.join(request.beside, partialName());
  await request.onStaging(folder);
  await mkdir(folder, 0o700);
  return { folder, header, lines: [], goodBytes: 0 };
}

function isSame(found: JournalHeader, wanted: JournalHeader): boolean {
  return isOurs(found, wanted) && found.digest === wanted.digest;
}

function isOurs(found: JournalHeader, wanted: JournalHeader): boolean {
  return found.id === wanted.id && found.kid === wanted.kid;
}
