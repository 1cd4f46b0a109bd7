import type { JSX } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import type { ChatContext } from './chatContext';
import type { Conversation } from './conversation';
import { Icon } from './Icon';
import { MessageRow } from './MessageRow';
import { rowsOf, type Row } from './rows';
import { stepOf } from './threadKeys';
import { dayWords } from './words';

/** The messages, of which only those near the view are in the document. */
export function Thread(props: ThreadProps): JSX.Element {
  const { context, conversation, jump, loadOlder, loadNewer, onNewest, onBottom } = props;
  const { messages, chat, older, newer, transfers } = conversation;
  const rows = useMemo(() => rowsOf(messages), [messages]);
  const handle = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  /** Stays true until somebody scrolls away, so that what grows keeps the end in view. */
  const isPinned = useRef(true);
  const [isAtBottom, setAtBottom] = useState(true);
  const [seenKey, setSeenKey] = useState<string>();
  const [activeKey, setActiveKey] = useState<string>();
  const wantsFocus = useRef(false);
  const before = useRef<readonly Row[]>([]);

  // Rows that were put before the first ones must not move what is being read.
  const isPrepended = hasNewFirst(before.current, rows);
  const lastKey = rows.at(-1)?.key;
  const activeIndex = Math.max(
    0,
    activeKey === undefined ? rows.length - 1 : rows.findIndex(({ key }) => key === activeKey),
  );
  const newestOwn = messages.findLast(({ from }) => from === 'self');
  const fresh = newer ? chat.unread : freshCount(conversation, rows, isAtBottom, seenKey);

  const toBottom = useCallback((): void => {
    isPinned.current = true;
    handle.current?.scrollToIndex(Math.max(0, (before.current.length || 1) - 1), { align: 'end' });
  }, []);
  useLayoutEffect(() => {
    if (hasOwnLast(before.current, rows)) isPinned.current = true;
    before.current = rows;
    if (isPinned.current && !newer) toBottom();
  }, [rows, newer, toBottom]);
  useEffect(() => {
    if (isAtBottom) setSeenKey(lastKey);
    onBottom(isAtBottom && !newer);
  }, [isAtBottom, lastKey, newer, onBottom]);
  // A jump waits until its message is in the run.
  useLayoutEffect(() => {
    const index = jump === undefined ? -1 : rows.findIndex(({ key }) => key === jump.key);
    if (index < 0 || jump === undefined) return;
    isPinned.current = false;
    setActiveKey(jump.key);
    handle.current?.scrollToIndex(index, { align: 'center' });
  }, [jump, rows.length > 0 && rows.some(({ key }) => key === jump?.key)]);

  const onScroll = (): void => {
    const list = handle.current;
    if (list === null) return;
    const below = list.scrollSize - list.scrollOffset - list.viewportSize;
    isPinned.current = below < NEAR_END && !newer;
    setAtBottom(isPinned.current);
    if (older && list.scrollOffset < LOAD_AHEAD) loadOlder();
    if (newer && below < LOAD_AHEAD) loadNewer();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const target = event.target instanceof Element ? event.target.closest('article') : null;
    if (target === null || target !== event.target) return;
    const next = stepOf(rows, activeIndex, event.key);
    const row = next === undefined ? undefined : rows[next];
    if (next === undefined || row === undefined) return;
    event.preventDefault();
    wantsFocus.current = true;
    setActiveKey(row.key);
    isPinned.current = next === rows.length - 1 && !newer;
    handle.current?.scrollToIndex(next, { align: 'nearest' });
  };
  useLayoutEffect(() => {
    const key = rows[activeIndex]?.key;
    if (!wantsFocus.current || key === undefined) return;
    wantsFocus.current = false;
    const selector = `article[data-key="${CSS.escape(key)}"]`;
    scroller.current?.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true });
  });
  const onFocus = useCallback((key: string) => {
    setActiveKey(key);
  }, []);

  return (
    <div class="thread-area">
      <div
        ref={scroller}
        class="thread"
        role="feed"
        aria-label={`Messages with ${chat.agentName}`}
        onKeyDown={onKeyDown}
      >
        {!conversation.keepsHistory && (
          <div class="note">What is said here is not kept on disk.</div>
        )}
        <div class="filler" />
        <Virtualizer
          ref={handle}
          data={rows}
          shift={isPrepended}
          bufferSize={BUFFER}
          keepMounted={[activeIndex]}
          onScroll={onScroll}
          onResize={() => {
            if (isPinned.current && !newer) toBottom();
          }}
        >
          {(row: Row) =>
            row.kind === 'day' ? (
              <Day key={row.key} at={row.at} />
            ) : (
              <MessageRow
                key={row.key}
                context={context}
                row={row}
                agentName={chat.agentName}
                transfer={
                  row.message.body.kind === 'file'
                    ? transfers.get(row.message.body.transferId)
                    : undefined
                }
                isActive={row === rows[activeIndex]}
                isFound={row.key === jump?.key}
                isNewestOwn={row.message === newestOwn}
                onFocus={onFocus}
              />
            )
          }
        </Virtualizer>
      </div>
      {(!isAtBottom || newer) && (
        <button
          type="button"
          class="newest"
          onClick={() => {
            onNewest();
            // Where the run ends elsewhere, its end is not where one wants to go.
            if (newer) isPinned.current = true;
            else toBottom();
          }}
        >
          <Icon name="arrow-down" />
          {fresh > 0 ? `${String(fresh)} new` : 'Newest'}
        </button>
      )}
    </div>
  );
}

export interface ThreadProps {
  readonly context: ChatContext;
  readonly conversation: Conversation;
  /** The message to go to; a new object goes there again. */
  readonly jump: { readonly key: string } | undefined;
  readonly loadOlder: () => void;
  readonly loadNewer: () => void;
  /** The run may not reach the end: whoever wants to see it asks for it. */
  readonly onNewest: () => void;
  readonly onBottom: (isAtBottom: boolean) => void;
}

/** Pixels from the end that still count as there: less than a line. */
const NEAR_END = 24;
/** Pixels before the edge at which more is asked for, so that it is there when one arrives. */
const LOAD_AHEAD = 1200;
/** Pixels beyond the view that are kept ready. */
const BUFFER = 400;

function Day({ at }: { readonly at: Date }): JSX.Element {
  return (
    <div class="day" role="separator">
      <span>{dayWords(at, new Date())}</span>
    </div>
  );
}

function hasNewFirst(before: readonly Row[], rows: readonly Row[]): boolean {
  // The day's row is made anew for another first message, so messages are compared.
  const first = before.find(({ kind }) => kind === 'message')?.key;
  if (first === undefined || rows.length <= before.length) return false;
  return rows.findIndex(({ key }) => key === first) > 1;
}

/** One's own words were just added: whoever writes wants to see them. */
function hasOwnLast(before: readonly Row[], rows: readonly Row[]): boolean {
  const last = rows.at(-1);
  const lastBefore = before.at(-1)?.key;
  if (last?.kind !== 'message' || last.message.from !== 'self') return false;
  // A new day may stand between them.
  return rows.slice(-3, -1).some(({ key }) => key === lastBefore);
}

/** Messages of the other side below what was last seen at the end. */
function freshCount(
  { messages }: Conversation,
  rows: readonly Row[],
  isAtBottom: boolean,
  seenKey: string | undefined,
): number {
  if (isAtBottom || seenKey === undefined) return 0;
  const seen = rows.findLastIndex(({ key }) => key === seenKey);
  if (seen < 0 || messages.length === 0) return 0;
  return rows
    .slice(seen + 1)
    .filter((row) => row.kind === 'message' && row.message.from === 'agent').length;
}
