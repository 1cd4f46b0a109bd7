/** Bytes of UTF-8 in one name: what ext4, XFS, APFS and NTFS all take. */
export const MAX_NAME_BYTES = 255;
/** Bytes; what is longer after a dot is part of a sentence, not an extension. */
const MAX_EXTENSION_BYTES = 32;

/**
 * `report.pdf` is `report` and `.pdf`, `a.tar.gz` is `a` and `.tar.gz`, `.bashrc` is all stem.
 * The two always join to the name again.
 */
export function splitExtension(name: string): {
  readonly stem: string;
  readonly extension: string;
} {
  const extension = /(?<=[^.])(?:\.tar)?\.[^.\s]+$/iu.exec(name)?.[0] ?? '';
  if (extension === '' || Buffer.byteLength(extension) > MAX_EXTENSION_BYTES) {
    return { stem: name, extension: '' };
  }
  return { stem: name.slice(0, -extension.length), extension };
}

/** What two names have in common when a person, or some system, would take them for the same. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase().toUpperCase().normalize('NFC');
}
