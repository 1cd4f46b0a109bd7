import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { act, type ChatContext } from './chatContext';
import { droppedFiles, droppedUris, type DroppedFile } from './dropped';
import { Icon } from './Icon';

/** The whole page takes files; while something is dragged over it, it says what will happen. */
export function DropZone({ context, agentName, onFiles }: DropZoneProps): JSX.Element | null {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const onOver = (event: DragEvent): void => {
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'copy';
      setOver(true);
    };
    const onLeave = (event: DragEvent): void => {
      // Between two elements of the page it names the next; out of the page, nothing.
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      setOver(false);
      const data = event.dataTransfer;
      if (data === null || !hasFiles(data)) return;
      event.preventDefault();
      const uris = droppedUris(data);
      if (uris.length > 0) act(context, 'dropUris', { uris });
      else droppedFiles(data.items).then(onFiles, context.fail);
    };
    document.addEventListener('dragover', onOver);
    document.addEventListener('dragleave', onLeave);
    document.addEventListener('drop', onDrop);
    return () => {
      document.removeEventListener('dragover', onOver);
      document.removeEventListener('dragleave', onLeave);
      document.removeEventListener('drop', onDrop);
    };
  }, [context, onFiles]);
  if (!isOver) return null;
  return (
    <div class="drop" role="status">
      <Icon name="cloud-upload" />
      <div>
        Drop to send to <bdi>{agentName}</bdi>
      </div>
      <div class="hint">Keep Shift held: without it the editor opens the file itself.</div>
    </div>
  );
}

interface DropZoneProps {
  readonly context: ChatContext;
  readonly agentName: string;
  readonly onFiles: (files: readonly DroppedFile[]) => void;
}

function hasFiles(data: DataTransfer | null): boolean {
  const types = data?.types ?? [];
  return ['Files', 'application/vnd.code.uri-list', 'text/uri-list'].some((t) => types.includes(t));
}
