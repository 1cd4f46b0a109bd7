import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { PageMessage, PageTransfer } from '../../src/bridge/chatPage';
import type { ChatContext } from './chatContext';
import { CodeReference } from './CodeReference';
import { Icon } from './Icon';
import type { Row } from './rows';
import { TextBody } from './TextBody';
import { TransferCard } from './TransferCard';
import { shortWords, STATE_WORDS, timeWords } from './words';

/** One message, as an article of the feed. Rendered again only when something of it changed. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps): JSX.Element {
  const { context, row, agentName, transfer, isActive, isFound, isNewestOwn, onFocus } = props;
  const { message, startsGroup, endsGroup, key } = row;
  const element = useRef<HTMLElement>(null);
  const at = new Date(message.at);
  const isOwn = message.from === 'self';
  const who = isOwn ? 'You' : agentName;
  // Tab goes through the active message only; the arrows go from one message to the next.
  useLayoutEffect(() => {
    const inner = element.current?.querySelectorAll<HTMLElement>('button, [role="link"], pre');
    for (const part of inner ?? []) part.tabIndex = isActive ? 0 : -1;
  });
  const classes = [
    'message',
    isOwn ? 'is-own' : 'is-theirs',
    startsGroup ? 'starts-group' : '',
    isFound ? 'is-found' : '',
  ];
  return (
    <article
      ref={element}
      class={classes.filter((name) => name !== '').join(' ')}
      data-key={key}
      tabIndex={isActive ? 0 : -1}
      aria-label={labelOf(message, who)}
      onFocus={() => {
        onFocus(key);
      }}
    >
      {startsGroup && (
        <div class="by">
          <bdi>{who}</bdi> <time dateTime={message.at}>{timeWords(at)}</time>
        </div>
      )}
      <div class="bubble" title={at.toLocaleString()}>
        <Body context={context} message={message} transfer={transfer} />
      </div>
      {isOwn && (endsGroup || message.state === 'waiting') && (
        <Mark state={message.state} inWords={isNewestOwn || message.state === 'waiting'} />
      )}
    </article>
  );
});

export interface MessageRowProps {
  readonly context: ChatContext;
  readonly row: Extract<Row, { kind: 'message' }>;
  readonly agentName: string;
  readonly transfer: PageTransfer | undefined;
  /** The one that Tab reaches. */
  readonly isActive: boolean;
  /** What a search jumped to. */
  readonly isFound: boolean;
  readonly isNewestOwn: boolean;
  readonly onFocus: (key: string) => void;
}

function Body({
  context,
  message: { messageId, body },
  transfer,
}: Pick<MessageRowProps, 'context' | 'transfer'> & {
  readonly message: PageMessage;
}): JSX.Element {
  switch (body.kind) {
    case 'text':
      return <TextBody context={context} text={body.text} />;
    case 'code':
      return <CodeReference context={context} messageId={messageId} body={body} />;
    case 'file':
      return <TransferCard context={context} transfer={transfer} />;
  }
}

function Mark({
  state,
  inWords,
}: {
  readonly state: PageMessage['state'];
  readonly inWords: boolean;
}): JSX.Element {
  const icon = state === 'waiting' ? 'watch' : state === 'sent' ? 'check' : 'check-all';
  return (
    <div class={`mark is-${state}`} title={STATE_WORDS[state]}>
      <Icon name={icon} />
      {inWords && <span>{STATE_WORDS[state]}</span>}
    </div>
  );
}

function labelOf(message: PageMessage, who: string): string {
  const state = STATE_WORDS[message.state];
  const words = [who, shortWords(message, 400), new Date(message.at).toLocaleString(), state];
  return words.filter((part) => part !== '').join(', ');
}
