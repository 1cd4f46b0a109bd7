import { base64Of } from '../base64';
import { randomId } from '../randomId';
import type { ChatHost } from './chatHost';
import type { DroppedFile } from './dropped';

/** How far an upload is. */
export interface UploadProgress {
  readonly uploadId: string;
  readonly title: string;
  /** 0 to 1. */
  readonly progress: number;
}

/**
 * Hands files to the host, which only it can send, a chunk at a time: the next when the last was
 * taken. Aborting takes back what was handed over. @throws whatever the host refuses with
 */
export async function upload(
  host: Pick<ChatHost, 'ask'>,
  files: readonly DroppedFile[],
  onProgress: (progress: UploadProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const uploadId = randomId();
  const title = titleOf(files);
  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  let done = 0;
  const tell = (): void => {
    onProgress({ uploadId, title, progress: total === 0 ? 1 : done / total });
  };
  await host.ask('uploadBegin', {
    uploadId,
    files: files.map(({ path, file }) => ({ path, size: file.size })),
  });
  try {
    // From the beginning, so that it can be cancelled before anything was taken.
    tell();
    for (const [index, { file }] of files.entries()) {
      for (let offset = 0; offset < file.size; offset += CHUNK) {
        signal.throwIfAborted();
        const bytes = new Uint8Array(await file.slice(offset, offset + CHUNK).arrayBuffer());
        const chunk = { uploadId, file: index, offset, bytes: base64Of(bytes) };
        await host.ask('uploadChunk', chunk);
        done += bytes.length;
        tell();
      }
    }
    signal.throwIfAborted();
  } catch (error) {
    // It may be the host that is gone; then nothing is left to be taken back.
    await host.ask('uploadEnd', { uploadId, cancel: true }).catch(() => undefined);
    if (signal.aborted) return;
    throw error;
  }
  await host.ask('uploadEnd', { uploadId, cancel: false });
}

/** Bytes of a chunk: in base64 and with its envelope below `MAX_BRIDGE_MESSAGE`. */
const CHUNK = 512 * 1024;

function titleOf(files: readonly DroppedFile[]): string {
  const tops = new Set(files.map(({ path }) => path.split('/')[0] ?? path));
  const [first = ''] = tops;
  return tops.size <= 1 ? first : `${first} and ${String(tops.size - 1)} more`;
}
