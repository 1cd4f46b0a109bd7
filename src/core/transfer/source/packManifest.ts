import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { errors } from '../../errors';
import { MAX_PAGE_BYTES } from '../../wire/v2';
import { MAX_MANIFEST_MEMORY_BYTES, type Manifest, manifestPages } from '../manifest';
import { ManifestReader } from '../manifestReader';

const deflate = promisify(gzip);
const inflate = promisify(gunzip);
/** Bytes of a page's length before the page. */
const LENGTH_BYTES = 4;
/** By number: gzip makes nothing longer by more than this part of it, base64 by a third. */
const MAX_PACKED_LENGTH = MAX_MANIFEST_MEMORY_BYTES * 1.5;

/** A manifest as text, for a journal: its pages, each behind its length, gzipped, as base64. */
export async function packManifest({ entries }: Manifest): Promise<string> {
  const parts: Buffer[] = [];
  for (const page of manifestPages(entries)) {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(page.length);
    parts.push(length, page);
  }
  return (await deflate(Buffer.concat(parts))).toString('base64');
}

/**
 * The manifest again, with everything checked that is checked of a peer's; the digest is computed
 * anew. @throws INTERNAL when the text is none, which a damaged journal may have
 */
export async function unpackManifest(text: string): Promise<Manifest> {
  try {
    return readPages(await unpack(text));
  } catch (cause) {
    throw errors.internal('a list of files that was kept on this disk is damaged', { cause });
  }
}

async function unpack(text: string): Promise<Buffer> {
  if (text.length > MAX_PACKED_LENGTH) throw new Error('too long');
  // A page takes at most as many bytes as `memoryOf` reckons for its entries.
  return inflate(Buffer.from(text, 'base64'), { maxOutputLength: MAX_MANIFEST_MEMORY_BYTES });
}

function readPages(packed: Buffer): Manifest {
  const reader = new ManifestReader();
  for (let at = 0; at < packed.length;) {
    const length = packed.readUInt32BE(at);
    const end = at + LENGTH_BYTES + length;
    if (length > MAX_PAGE_BYTES || end > packed.length) throw new Error('a page without its end');
    const manifest = reader.add(packed.subarray(at + LENGTH_BYTES, end));
    at = end;
    if (manifest === undefined) continue;
    if (at !== packed.length) throw new Error('something behind the last page');
    return manifest;
  }
  throw new Error('no last page');
}
