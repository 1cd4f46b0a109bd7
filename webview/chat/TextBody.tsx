import { render, type JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { act, type ChatContext } from './chatContext';
import { CodeBlock } from './CodeBlock';
import { renderMarkdown } from './markdown';

/** The words of a message. */
export function TextBody({ context, text }: TextBodyProps): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  // Before it is painted, because the list measures rows as soon as they stand.
  useLayoutEffect(() => {
    const { fragment, blocks } = renderMarkdown(text);
    element.current?.replaceChildren(fragment);
    for (const { slot, text: code, language } of blocks) {
      render(<CodeBlock context={context} text={code} language={language} />, slot);
    }
    return () => {
      for (const { slot } of blocks) render(null, slot);
    };
  }, [context, text]);
  const follow = (event: Event): void => {
    const link = event.target instanceof Element ? event.target.closest('a[data-href]') : null;
    const href = link?.getAttribute('data-href');
    if (href === null || href === undefined) return;
    event.preventDefault();
    act(context, 'openLink', { href });
  };
  return (
    <div
      ref={element}
      class="text"
      dir="auto"
      onClick={follow}
      onKeyDown={(event) => {
        if (event.key === 'Enter') follow(event);
      }}
    />
  );
}

interface TextBodyProps {
  readonly context: ChatContext;
  readonly text: string;
}
