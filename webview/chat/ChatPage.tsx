import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { PageMessage } from '../../src/bridge/chatPage';
import { sentenceOf } from '../hostError';
import { CallView } from '../call/CallView';
import { keepPeer } from '../peer/keepPeer';
import type { ChatContext } from './chatContext';
import type { ChatHost } from './chatHost';
import { Composer } from './Composer';
import { keyOf } from './conversation';
import { DropZone } from './DropZone';
import { EmptyThread } from './EmptyThread';
import { Header } from './Header';
import { Highlights } from './highlights';
import { Icon, IconButton } from './Icon';
import { draftOf, withDraft } from './memory';
import { SearchBox } from './SearchBox';
import { Thread } from './Thread';
import { Progress } from './TransferCard';
import { useConversation } from './useConversation';
import { useReadMarks } from './useReadMarks';
import { useUploads } from './useUploads';
import { shortWords } from './words';

/** The chat panel: who, the call if one is on, the thread, and where one writes. */
export function ChatPage({ host }: { readonly host: ChatHost }): JSX.Element {
  const [problem, setProblem] = useState<string>();
  const fail = useCallback((error: unknown) => {
    setProblem(sentenceOf(error));
  }, []);
  const context = useMemo<ChatContext>(
    () => ({ host, fail, highlights: new Highlights(host) }),
    [host, fail],
  );
  const live = useConversation(host, fail);
  const { conversation, arrived, loadAround, loadNewest } = live;
  const [isSearching, setSearching] = useState(false);
  const [jump, setJump] = useState<{ readonly key: string }>();
  const [isAtBottom, setAtBottom] = useState(true);
  const { uploads, start } = useUploads(context);
  const draft = useRef(draftOf(host.remembered()));
  useReadMarks(context, conversation, isAtBottom);
  // The chat's own data channel, for as long as this page lives, seen or not.
  useEffect(() => keepPeer(host), [host]);
  useEffect(() => {
    host.onClose(fail);
  }, [host, fail]);

  const chat = conversation?.chat;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'f' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setSearching(true);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => {
      document.removeEventListener('keydown', onKeyDown);
    };
  }, []);

  if (conversation === undefined || chat === undefined) {
    return <div class="starting">{problem ?? 'Opening the conversation…'}</div>;
  }
  const jumpTo = (message: PageMessage): void => {
    const key = keyOf(message);
    const isHere = conversation.messages.some((known) => keyOf(known) === key);
    if (isHere) setJump({ key });
    else
      void loadAround(message.messageId).then(() => {
        setJump({ key });
      });
  };
  const toNewest = (): void => {
    setJump(undefined);
    if (conversation.newer) void loadNewest();
  };
  return (
    <div class="page">
      <Header
        context={context}
        chat={chat}
        isSearching={isSearching}
        onSearch={() => {
          setSearching(!isSearching);
        }}
      />
      {isSearching && (
        <SearchBox
          context={context}
          agentName={chat.agentName}
          onJump={jumpTo}
          onClose={() => {
            setSearching(false);
            setJump(undefined);
            document.querySelector('textarea')?.focus();
          }}
        />
      )}
      <CallView host={host} />
      <main>
        {conversation.messages.length === 0 && !conversation.older ? (
          <EmptyThread chat={chat} keepsHistory={conversation.keepsHistory} />
        ) : (
          <Thread
            context={context}
            conversation={conversation}
            jump={jump}
            loadOlder={live.loadOlder}
            loadNewer={live.loadNewer}
            onNewest={toNewest}
            onBottom={setAtBottom}
          />
        )}
      </main>
      <div class="typing">
        {chat.isTyping && (
          <>
            <span class="dots" aria-hidden="true" />
            <bdi>{chat.agentName}</bdi> is typing…
          </>
        )}
      </div>
      {problem !== undefined && (
        <div class="problem" role="alert">
          <Icon name="error" />
          <span>{problem}</span>
          <IconButton
            icon="close"
            label="Dismiss"
            onClick={() => {
              setProblem(undefined);
            }}
          />
        </div>
      )}
      {uploads.map(({ uploadId, title, progress, cancel }) => (
        <div key={uploadId} class="upload">
          <span class="upload-title">{`Reading ${title}`}</span>
          <IconButton icon="close" label={`Cancel ${title}`} onClick={cancel} />
          <Progress label={title} value={progress} />
        </div>
      ))}
      <Composer
        context={context}
        agentName={chat.agentName}
        draft={draft.current}
        onDraft={(text) => {
          draft.current = text;
          host.remember(withDraft(text));
        }}
        onSent={toNewest}
      />
      <DropZone context={context} agentName={chat.agentName} onFiles={start} />
      <div class="aside" aria-live="polite">
        {arrived !== undefined && `${chat.agentName}: ${shortWords(arrived)}`}
      </div>
    </div>
  );
}
