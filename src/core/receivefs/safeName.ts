import { errors } from '../errors';
import { MAX_NAME_BYTES, splitExtension } from './fileName';
import { isReserved, replaceForbidden, stripInvisible } from './hostileCharacters';

export interface SafeName {
  readonly name: string;
  /** Whether a person would see another name than the sender's. */
  readonly changed: boolean;
}

/** Bytes left free for ` (1)` and its like, when the name is taken. */
const COPY_NUMBER_BYTES = 16;

/**
 * The one room through which a stranger's file name goes. What comes out is a single name that is
 * the same and harmless on every system, whichever system this is: folders move between them.
 *
 * A name with folders in it is reduced to its last part, since a person would rather have the file:
 * nothing of the sender's folders, drive or `..` is ever followed. What leaves no name is refused.
 * Leading dots are kept (`.bashrc` is a fair thing to send, and nothing is ever overwritten), except
 * where a name alone has power: `.git`, and the names of our own partials.
 *
 * @throws NAME_REFUSED
 */
export function safeName(offered: string): SafeName {
  const plain = offered.normalize('NFC');
  const last = plain.split(/[/\\]/).at(-1) ?? '';
  if (last === '' && plain !== '') throw errors.nameRefused('it names a folder');
  const clean = trim(stripInvisible(replaceForbidden(last)).normalize('NFC'));
  // Looked at when it is short already: what is cut off may be all that made a name of it.
  const short = shorten(clean);
  if (short === '') throw errors.nameRefused('nothing of it can be used');
  const name = isReserved(short) ? shorten(`_${short}`) : short;
  return { name, changed: name !== plain };
}

/** Windows drops dots and spaces at the end, so that `a.exe.` would become `a.exe` behind our back. */
function trim(name: string): string {
  return name.replace(/^\s+/u, '').replace(/[\s.]+$/u, '');
}

function shorten(name: string): string {
  return trim(stripInvisible(fitName(name, MAX_NAME_BYTES - COPY_NUMBER_BYTES)));
}

/** The name within so many bytes of UTF-8: its stem is cut, between characters as a person sees them. */
export function fitName(name: string, maxBytes: number): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const { stem, extension } = splitExtension(name);
  return cut(stem, maxBytes - Buffer.byteLength(extension)) + extension;
}

function cut(text: string, maxBytes: number): string {
  const graphemes = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)];
  const kept = takeBytes(
    graphemes.map((each) => each.segment),
    maxBytes,
  );
  // A single character with hundreds of marks on it does not fit; then code points have to do.
  return kept === '' ? takeBytes(Array.from(text), maxBytes) : kept;
}

function takeBytes(parts: readonly string[], maxBytes: number): string {
  let kept = '';
  let bytes = 0;
  for (const part of parts) {
    bytes += Buffer.byteLength(part);
    if (bytes > maxBytes) break;
    kept += part;
  }
  return kept;
}
