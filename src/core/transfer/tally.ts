import type { FileEntry } from '../wire/v2Entry';
import type { SentState } from '../wire/v2File';
import { isAsListed } from './allowance';

/** What became of a transfer's files; both sides count the same. */
export interface Counts {
  /** Files by number, without those that are gone. */
  readonly files: number;
  /** Bytes of their contents. */
  readonly bytes: number;
  /** Of these, bytes that travelled; those of files that were begun anew are not counted twice. */
  readonly sent: number;
  /** And bytes that did not have to, since they were there from before. */
  readonly spared: number;
  /** Files by number that were not as in the manifest any more, and those that were gone. */
  readonly changed: number;
  readonly gone: number;
}

export class Tally implements Counts {
  files = 0;
  bytes = 0;
  spared = 0;
  changed = 0;
  gone = 0;

  get sent(): number {
    return this.bytes - this.spared;
  }

  addFile(entry: FileEntry, state: SentState, spared: number): void {
    this.files++;
    this.bytes += state.size;
    this.spared += spared;
    if (!isAsListed(entry, state)) this.changed++;
  }

  addGone(): void {
    this.gone++;
  }

  counts(): Counts {
    const { files, bytes, sent, spared, changed, gone } = this;
    return { files, bytes, sent, spared, changed, gone };
  }
}
