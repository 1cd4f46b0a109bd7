import { useCallback, useState } from 'preact/hooks';
import type { ChatContext } from './chatContext';
import type { DroppedFile } from './dropped';
import { upload, type UploadProgress } from './upload';

export interface RunningUpload extends UploadProgress {
  readonly cancel: () => void;
}

/** What is being handed to the host just now. */
export function useUploads({ host, fail }: ChatContext): {
  readonly uploads: readonly RunningUpload[];
  readonly start: (files: readonly DroppedFile[]) => void;
} {
  const [uploads, setUploads] = useState<readonly RunningUpload[]>([]);
  const start = useCallback(
    (files: readonly DroppedFile[]) => {
      if (files.length === 0) return;
      const abort = new AbortController();
      const cancel = (): void => {
        abort.abort();
      };
      let id: string | undefined;
      const onProgress = (progress: UploadProgress): void => {
        id = progress.uploadId;
        setUploads((all) => {
          const others = all.filter(({ uploadId }) => uploadId !== progress.uploadId);
          return [...others, { ...progress, cancel }];
        });
      };
      upload(host, files, onProgress, abort.signal)
        .catch(fail)
        .finally(() => {
          setUploads((all) => all.filter(({ uploadId }) => uploadId !== id));
        });
    },
    [host, fail],
  );
  return { uploads, start };
}
