import type { JSX } from 'preact';
import { useEffect, useReducer, useState } from 'preact/hooks';
import type { CodePiece } from '../../src/bridge/chatPage';
import { act, type ChatContext } from './chatContext';
import { IconButton } from './Icon';
import { visibleText } from './visibleText';

/** Code with its language, what can be done with it, and the colours of the editor's theme. */
export function CodeBlock({ context, text, language }: CodeBlockProps): JSX.Element {
  const pieces = useHighlight(context, text, language);
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => {
      setCopied(false);
    }, COPIED_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [isCopied]);
  const copy = (): void => {
    context.host.ask('copy', { text }).then(() => {
      setCopied(true);
    }, context.fail);
  };
  return (
    <figure class="code">
      <figcaption>
        <span class="language">{language === '' ? 'text' : visibleText(language)}</span>
        <IconButton
          icon={isCopied ? 'check' : 'copy'}
          label={isCopied ? 'Copied' : 'Copy'}
          onClick={copy}
        />
        <IconButton
          icon="insert"
          label="Insert at Cursor"
          onClick={() => {
            act(context, 'insertAtCursor', { text });
          }}
        />
        <IconButton
          icon="go-to-file"
          label="Open as File"
          onClick={() => {
            act(context, 'openAsFile', { text, ...(language === '' ? {} : { language }) });
          }}
        />
      </figcaption>
      <pre>
        <code>
          {pieces === undefined
            ? visibleText(text)
            : pieces.map((line, index) => (
                <>
                  {index > 0 && '\n'}
                  {line.map(coloured)}
                </>
              ))}
        </code>
      </pre>
    </figure>
  );
}

interface CodeBlockProps {
  readonly context: ChatContext;
  readonly text: string;
  readonly language: string;
}

/** Milliseconds that *Copied* stands. */
const COPIED_MS = 1500;

function useHighlight(
  { highlights }: ChatContext,
  text: string,
  language: string,
): readonly (readonly CodePiece[])[] | undefined {
  const [, again] = useReducer<number, undefined>((count) => count + 1, 0);
  useEffect(
    () =>
      highlights.subscribe(() => {
        again(undefined);
      }),
    [highlights],
  );
  return highlights.of(text, language);
}

/** Styles are set on the element, not written in markup, which the policy would refuse. */
function coloured({ text, color, bold, italic }: CodePiece): JSX.Element | string {
  const shown = visibleText(text);
  if (color === undefined && bold === undefined && italic === undefined) return shown;
  const style = {
    ...(color === undefined ? {} : { color }),
    ...(bold === undefined ? {} : { fontWeight: 'bold' }),
    ...(italic === undefined ? {} : { fontStyle: 'italic' }),
  };
  return <span style={style}>{shown}</span>;
}
