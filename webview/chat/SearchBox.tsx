import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { PageMessage } from '../../src/bridge/chatPage';
import type { ChatContext } from './chatContext';
import { keyOf } from './conversation';
import { Icon, IconButton } from './Icon';
import { visibleText } from './visibleText';
import { shortWords, timeWords } from './words';

/** Finds messages in the whole history, newest first; choosing one jumps to it. */
export function SearchBox({ context, agentName, onJump, onClose }: SearchBoxProps): JSX.Element {
  const { host, fail } = context;
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly PageMessage[]>();
  const input = useRef<HTMLInputElement>(null);
  const root = useRef<HTMLElement>(null);
  // Before the next key, which is the first letter of what is searched for.
  useLayoutEffect(() => {
    input.current?.focus();
  }, []);
  useEffect(() => {
    const words = text.trim();
    let isCurrent = words !== '';
    if (!isCurrent) setFound(undefined);
    const timer = setTimeout(() => {
      if (!isCurrent) return;
      host.ask('search', { text: words }).then(
        (messages) => {
          if (isCurrent) setFound(messages);
        },
        (error: unknown) => {
          if (isCurrent) fail(error);
        },
      );
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [text, host, fail]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onClose();
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const results = [...(root.current?.querySelectorAll<HTMLElement>('.result') ?? [])];
    const next = results.findIndex((item) => item === document.activeElement) + step;
    (next < 0 ? input.current : results[Math.min(next, results.length - 1)])?.focus();
  };
  const onEnter = (event: KeyboardEvent): void => {
    const first = found?.[0];
    if (event.key === 'Enter' && !event.isComposing && first !== undefined) onJump(first);
  };
  return (
    <search ref={root} class="search" onKeyDown={onKeyDown}>
      <div class="search-line">
        <Icon name="search" />
        <input
          ref={input}
          type="text"
          value={text}
          placeholder="Search this chat"
          aria-label="Search this chat"
          onInput={(event) => {
            setText(event.currentTarget.value);
          }}
          onKeyDown={onEnter}
        />
        <span class="count" role="status">
          {found !== undefined && countWords(found.length)}
        </span>
        <IconButton icon="close" label="Close Search" onClick={onClose} />
      </div>
      {found !== undefined && found.length > 0 && (
        <ul class="results" aria-label="Messages found">
          {found.map((message) => (
            <li key={keyOf(message)}>
              <button
                type="button"
                class="result"
                onClick={() => {
                  onJump(message);
                }}
              >
                <span class="result-by">
                  <bdi>{message.from === 'self' ? 'You' : agentName}</bdi>
                  {`, ${whenWords(new Date(message.at))}`}
                </span>
                <span class="result-text">{visibleText(shortWords(message))}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </search>
  );
}

interface SearchBoxProps {
  readonly context: ChatContext;
  readonly agentName: string;
  readonly onJump: (message: PageMessage) => void;
  readonly onClose: () => void;
}

/** Milliseconds after the last key before it is searched for. */
const PAUSE_MS = 150;

function countWords(count: number): string {
  return count === 0 ? 'nothing found' : `${String(count)} found`;
}

function whenWords(at: Date): string {
  return `${at.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })} ${timeWords(at)}`;
}
