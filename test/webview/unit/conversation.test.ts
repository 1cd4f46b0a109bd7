import assert from 'node:assert/strict';
import type { PageMessage } from '../../../src/bridge/chatPage';
import {
  keyOf,
  opened,
  withMessage,
  withNewer,
  withOlder,
  withRun,
  type Conversation,
} from '../../../webview/chat/conversation';
import { rowsOf } from '../../../webview/chat/rows';
import { stepOf } from '../../../webview/chat/threadKeys';
import { ChatPageHost } from '../support/chatPageHost';

/** The page holds one unbroken run of messages: none twice, none missing, whatever comes when. */
describe('the conversation as the page keeps it', () => {
  it('keeps every message once and in order through random pages, news and changes', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = randomOf(seed);
      const all = Array.from({ length: 300 }, (_, index) => message(index));
      let end = 100 + Math.floor(random() * 100);
      let conversation = start(all.slice(end - 50, end), true);
      for (let step = 0; step < 60; step += 1) {
        const choice = Math.floor(random() * 5);
        const known = conversation.messages;
        const first = indexOf(known[0]);
        const last = indexOf(known.at(-1));
        const size = 1 + Math.floor(random() * 40);
        if (choice === 0) {
          const from = Math.max(0, first - size);
          conversation = withOlder(conversation, page(all, from, first, end));
        } else if (choice === 1 && conversation.newer) {
          conversation = withNewer(
            conversation,
            page(all, last + 1, Math.min(end, last + 1 + size), end),
          );
        } else if (choice === 2 && end < all.length) {
          const fresh = all[end];
          end += 1;
          if (fresh !== undefined) conversation = withMessage(conversation, fresh);
        } else if (choice === 3) {
          const from = Math.floor(random() * (end - 20));
          conversation = withRun(conversation, page(all, from, from + 20, end));
        } else {
          conversation = opened(state(page(all, Math.max(0, end - 100), end, end)), conversation);
        }
        const indices = conversation.messages.map(indexOf);
        for (const [at, index] of indices.entries()) {
          assert.equal(index, (indices[0] ?? 0) + at, `seed ${seed}, step ${step}: ${choice}`);
        }
        assert.equal(conversation.newer, indices.at(-1) !== end - 1, `seed ${seed}, step ${step}`);
        assert.equal(conversation.older, indices[0] !== 0, `seed ${seed}, step ${step}`);
      }
    }
  });

  it('tells messages of both sides with the same id apart', () => {
    const theirs = message(1);
    const mine: PageMessage = { ...theirs, from: 'self' };
    const both = withMessage(withMessage(start([], false), theirs), mine);
    assert.equal(both.messages.length, 2);
    assert.equal(new Set(both.messages.map(keyOf)).size, 2);
  });

  it('does not ask for ever when a host says there is more and gives nothing', () => {
    const conversation = start([message(5)], true);
    const empty = { messages: [], older: true, newer: true };
    assert.equal(withOlder(conversation, empty).older, false);
    assert.equal(withNewer(conversation, { ...empty, messages: [message(5)] }).newer, false);
  });
});

describe('the rows of the thread', () => {
  it('have a day before its first message, and groups by side and time', () => {
    const at = (day: number, minute: number): string =>
      new Date(2026, 0, day, 12, minute).toISOString();
    const messages: PageMessage[] = [
      { ...message(1), at: at(1, 0) },
      { ...message(2), at: at(1, 1) },
      { ...message(3), at: at(1, 20) },
      { ...message(4), at: at(1, 20), from: 'self' },
      { ...message(5), at: at(2, 20), from: 'self' },
    ];
    const shape = rowsOf(messages).map((row) =>
      row.kind === 'day' ? 'day' : `${row.startsGroup ? '<' : ''}${row.endsGroup ? '>' : ''}`,
    );
    assert.deepEqual(shape, ['day', '<', '>', '<>', '<>', 'day', '<>']);
  });

  it('have keys of their own, also when clocks were set back', () => {
    const days = [3, 1, 3, 1, 2].map((day, index) => ({
      ...message(index),
      at: new Date(2026, 0, day, 12).toISOString(),
    }));
    const keys = rowsOf(days).map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length);
  });

  it('are walked over message by message, and nowhere beyond the ends', () => {
    const rows = rowsOf([1, 2, 3].map((index) => message(index)));
    assert.equal(stepOf(rows, 1, 'ArrowUp'), undefined);
    assert.equal(stepOf(rows, 1, 'ArrowDown'), 2);
    assert.equal(stepOf(rows, 1, 'PageDown'), 3);
    assert.equal(stepOf(rows, 3, 'ArrowDown'), undefined);
    assert.equal(stepOf(rows, 3, 'Home'), 1);
    assert.equal(stepOf(rows, 1, 'End'), 3);
    assert.equal(stepOf(rows, 1, 'x'), undefined);
    assert.equal(stepOf([], 0, 'End'), undefined);
  });
});

function message(index: number): PageMessage {
  return {
    messageId: index.toString(16).padStart(32, '0'),
    from: 'agent',
    at: new Date(2026, 0, 5, 12).toISOString(),
    state: 'seen',
    body: { kind: 'text', text: String(index) },
  };
}

function indexOf(one: PageMessage | undefined): number {
  return Number.parseInt(one?.messageId ?? '0', 16);
}

function page(all: readonly PageMessage[], from: number, to: number, end: number) {
  return { messages: all.slice(from, to), older: from > 0, newer: to < end };
}

function state(newest: ReturnType<typeof page>) {
  const { chat, keepsHistory } = new ChatPageHost();
  return { self: { name: 'agent-a' }, chat, page: newest, transfers: [], keepsHistory };
}

function start(messages: readonly PageMessage[], older: boolean): Conversation {
  return opened(state({ messages: [...messages], older, newer: false }));
}

/** Mulberry32: small, and the same on every machine. */
function randomOf(seed: number): () => number {
  let now = seed;
  return () => {
    now = (now + 0x6d2b79f5) | 0;
    let mixed = Math.imul(now ^ (now >>> 15), 1 | now);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
