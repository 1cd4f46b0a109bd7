import type { JSX } from 'preact';
import type { PageMessage } from '../../src/bridge/chatPage';
import { act, type ChatContext } from './chatContext';
import { CodeBlock } from './CodeBlock';
import { Icon } from './Icon';
import { visibleText } from './visibleText';

/** A place in a workspace: opened by a click where that workspace is here too. */
export function CodeReference({ context, messageId, body }: CodeReferenceProps): JSX.Element {
  const { path, range, language, text } = body;
  const { startLine, endLine } = range;
  const lines = startLine === endLine ? String(startLine) : `${startLine}-${endLine}`;
  return (
    <>
      <button
        type="button"
        class="place"
        title="Open at this place"
        onClick={() => {
          act(context, 'openCode', { messageId });
        }}
      >
        <Icon name="file-code" />
        <bdi>{`${visibleText(path)}:${lines}`}</bdi>
      </button>
      <CodeBlock context={context} text={text} language={language ?? ''} />
    </>
  );
}

interface CodeReferenceProps {
  readonly context: ChatContext;
  readonly messageId: string;
  readonly body: Extract<PageMessage['body'], { kind: 'code' }>;
}
