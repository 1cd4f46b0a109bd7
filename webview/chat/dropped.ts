/** A file that was dropped from outside, with its path as the other side will see it. */
export interface DroppedFile {
  /** `/` between names; the dropped folder's name first. */
  readonly path: string;
  readonly file: File;
}

/** URIs of files of the editor, if the drag came from there: those stay where they are. */
export function droppedUris(data: Pick<DataTransfer, 'getData'>): readonly string[] {
  for (const type of ['application/vnd.code.uri-list', 'text/uri-list']) {
    const uris = data
      .getData(type)
      .split(/\r?\n/u)
      // Lines of a list of URIs that begin with # are remarks.
      .filter((line) => line !== '' && !line.startsWith('#'))
      .filter((line) => !/^(?:https?|data|blob|javascript):/iu.test(line));
    if (uris.length > 0) return uris;
  }
  return [];
}

/**
 * Files and everything in folders. Entries are taken at once, because the drop's data is gone after
 * its event; they are read afterwards. @throws when there are too many or one cannot be read
 */
export async function droppedFiles(items: DataTransferItemList): Promise<readonly DroppedFile[]> {
  const entries: FileSystemEntry[] = [];
  const files: DroppedFile[] = [];
  for (const item of items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    // What was pasted or made by a program has contents, but no place on a disk.
    const file = entry === null ? item.getAsFile() : null;
    if (entry !== null) entries.push(entry);
    else if (file !== null) files.push({ path: file.name, file });
  }
  for (const entry of entries) await gather(entry, entry.name, files);
  return files;
}

/** Dropped at once: more is better sent from where it is, as a folder of the workspace. */
const MAX_FILES = 5000;

async function gather(entry: FileSystemEntry, path: string, files: DroppedFile[]): Promise<void> {
  if (isFile(entry)) {
    if (files.length >= MAX_FILES) {
      throw new Error(
        `More than ${String(MAX_FILES)} files: add the folder to the workspace, then send it from the Explorer.`,
      );
    }
    const file = await new Promise<File>((resolve, reject) => {
      entry.file(resolve, reject);
    });
    files.push({ path, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (batch.length === 0) return;
    for (const inner of batch) await gather(inner, `${path}/${inner.name}`, files);
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}
