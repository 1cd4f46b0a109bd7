import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { PageMessage, PageOfMessages } from '../../src/bridge/chatPage';
import type { ChatHost } from './chatHost';
import {
  opened,
  withChat,
  withMessage,
  withNewer,
  withOlder,
  withRun,
  withTransfers,
  type Conversation,
} from './conversation';

/** Messages asked for at a time: some screens full. */
const PAGE = 100;

export interface LiveConversation {
  /** Absent until the host has answered for the first time. */
  readonly conversation: Conversation | undefined;
  /** Messages of the other side that came since the page was opened, to be said aloud. */
  readonly arrived: PageMessage | undefined;
  readonly loadOlder: () => void;
  readonly loadNewer: () => void;
  /** Resolves when the message is in the run. */
  readonly loadAround: (messageId: string) => Promise<void>;
  readonly loadNewest: () => Promise<void>;
}

/** Keeps the conversation as the host tells it. `fail` hears what could not be loaded. */
export function useConversation(host: ChatHost, fail: (error: unknown) => void): LiveConversation {
  const [conversation, setConversation] = useState<Conversation>();
  const [arrived, setArrived] = useState<PageMessage>();
  const current = useRef<Conversation>(undefined);
  const isLoading = useRef(false);
  const generation = useRef(0);

  const change = useCallback((next: (before: Conversation) => Conversation) => {
    if (current.current === undefined) return;
    current.current = next(current.current);
    setConversation(current.current);
  }, []);

  useEffect(() => {
    const ready = (keep: boolean): void => {
      host.ask('ready', {}).then((state) => {
        current.current = opened(state, keep ? current.current : undefined);
        setConversation(current.current);
      }, fail);
    };
    ready(true);
    const onVisible = (): void => {
      if (document.visibilityState === 'visible') ready(true);
    };
    document.addEventListener('visibilitychange', onVisible);
    const stops = [
      host.on('chat', (chat) => {
        change((before) => withChat(before, chat));
      }),
      host.on('message', (message) => {
        change((before) => withMessage(before, message));
        if (message.from === 'agent' && message.state === 'received') setArrived(message);
      }),
      host.on('transfers', (transfers) => {
        change((before) => withTransfers(before, transfers));
      }),
      host.on('reload', () => {
        ready(false);
      }),
    ];
    return () => {
      document.removeEventListener('visibilitychange', onVisible);
      for (const stop of stops) stop();
    };
  }, [host, fail, change]);

  const load = useCallback(
    async (
      query: { readonly before?: string; readonly after?: string; readonly around?: string },
      take: (before: Conversation, page: PageOfMessages) => Conversation,
    ): Promise<void> => {
      const mine = ++generation.current;
      isLoading.current = true;
      try {
        const page = await host.ask('messages', { limit: PAGE, ...query });
        // Another run was asked for meanwhile, which this page does not belong to.
        if (mine === generation.current) change((before) => take(before, page));
      } catch (error) {
        fail(error);
      } finally {
        if (mine === generation.current) isLoading.current = false;
      }
    },
    [host, fail, change],
  );

  return {
    conversation,
    arrived,
    loadOlder: useCallback(() => {
      const first = current.current?.messages[0];
      if (first === undefined || isLoading.current) return;
      void load({ before: first.messageId }, withOlder);
    }, [load]),
    loadNewer: useCallback(() => {
      const last = current.current?.messages.at(-1);
      if (last === undefined || isLoading.current) return;
      void load({ after: last.messageId }, withNewer);
    }, [load]),
    loadAround: useCallback((messageId: string) => load({ around: messageId }, withRun), [load]),
    loadNewest: useCallback(() => load({}, withRun), [load]),
  };
}
