import { useEffect, useRef, useState } from 'preact/hooks';
import { act, type ChatContext } from './chatContext';
import type { Conversation } from './conversation';

/** Tells that messages were read: when the end is in view, and the panel in front of somebody. */
export function useReadMarks(
  context: ChatContext,
  conversation: Conversation | undefined,
  isAtBottom: boolean,
): void {
  const [isLookedAt, setLookedAt] = useState(looks);
  const told = useRef<string>(undefined);
  useEffect(() => {
    const look = (): void => {
      setLookedAt(looks());
    };
    window.addEventListener('focus', look);
    window.addEventListener('blur', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      window.removeEventListener('focus', look);
      window.removeEventListener('blur', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, []);
  const last = conversation?.messages.findLast(({ from }) => from === 'agent');
  useEffect(() => {
    if (!isLookedAt || !isAtBottom || last?.state !== 'received') return;
    // Its new state comes as an event; until then it is not told twice.
    if (told.current === last.messageId) return;
    told.current = last.messageId;
    act(context, 'read', { messageId: last.messageId });
  }, [context, last, isAtBottom, isLookedAt]);
}

function looks(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}
