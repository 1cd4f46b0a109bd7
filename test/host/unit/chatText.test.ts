import assert from 'node:assert/strict';
import { agentRow } from '../../../src/host/text/agentText';
import { callDuration } from '../../../src/bridge/callText';
import { callView, endedNotice, ringNotice } from '../../../src/host/text/callText';
import { messageNotice, pageChat, pageMessage, unreadView } from '../../../src/host/text/chatText';
import { historyJson, historyMarkdown } from '../../../src/host/text/historyText';
import type { CallEnd } from '../../../src/core/callEvents';
import { aCall, aChat, aMessage, anAgent, aRef, HOSTILE } from './samples';

const link = (action: string) => `command:x?${action}`;

describe('what a panel is told of a conversation', () => {
  it('is there before anybody wrote', () => {
    const chat = pageChat(anAgent(), undefined);
    assert.deepEqual([chat.path.kind, chat.unread, chat.waiting], ['offline', 0, 0]);
  });

  it('is offline only where nobody answers, and has one reason otherwise', () => {
    const there = anAgent({ presence: { kind: 'online', path: 'direct' } });
    const away = anAgent({ presence: { kind: 'offline' } });
    const path = { kind: 'offline' } as const;
    const trouble = { code: 'CHAT_UNAVAILABLE', message: 'Nobody takes chats.' } as const;
    const kindOf = (agent: typeof there, chat?: Parameters<typeof aChat>[0]) =>
      pageChat(agent, chat && aChat(chat)).path.kind;
    assert.equal(kindOf(there, { path }), 'connecting');
    assert.equal(kindOf(there), 'connecting');
    assert.equal(kindOf(away, { path }), 'offline');
    assert.equal(kindOf(there, { path, trouble }), 'offline');
    assert.equal(pageChat(there, aChat({ path, trouble })).trouble, 'Nobody takes chats.');
    assert.equal(kindOf(anAgent({ ...there, blocked: true }), { path }), 'offline');
    assert.equal(kindOf(away, {}), 'direct');
  });

  it('has the words of the other side as text, and names on one line', () => {
    const hostile = anAgent({ name: HOSTILE, actorId: HOSTILE });
    const { agentName, actorId } = pageChat(hostile, aChat());
    assert.doesNotMatch(agentName + actorId, /[\n\u202e]/);
    const range = { startLine: 1, startCharacter: 1, endLine: 2, endCharacter: 1 };
    const body = { kind: 'code', path: HOSTILE, range, text: HOSTILE } as const;
    const shown = pageMessage(aMessage({ body })).body;
    assert.ok(shown.kind === 'code');
    assert.doesNotMatch(shown.path, /[\n\u202e]/);
    // The page makes it safe, and has to see all of it.
    assert.equal(shown.text, HOSTILE);
  });
});

describe('a notification of a message or a call', () => {
  it('has no links but its own, whatever the other side says', () => {
    const said = [
      messageNotice(
        anAgent({ name: HOSTILE }),
        aMessage({ body: { kind: 'text', text: HOSTILE } }),
        3,
        link,
      ),
      ringNotice(aCall({ agent: aRef({ name: HOSTILE }) }), link),
    ];
    for (const text of said) {
      const links = [...text.matchAll(/\[[^\]]*\]\(([^)\s]*)/g)].map(([, target]) => target);
      assert.ok(links.length > 0);
      for (const target of links) assert.ok(target?.startsWith('command:x?'), text);
      assert.doesNotMatch(text, /\n|\$\(/);
    }
  });

  it('is one short line of the last message, and says how many there are', () => {
    const long = aMessage({ body: { kind: 'text', text: 'word '.repeat(5000) } });
    const text = messageNotice(anAgent(), long, 12, link);
    assert.match(text, /^Bea \(12 new\): word word/);
    assert.ok(text.length < 250);
  });

  it('offers the camera where the caller begins with one, and always lets it be left out', () => {
    const order = (video: boolean) =>
      [...ringNotice(aCall({ media: { video } }), link).matchAll(/command:x\?(\w+)/g)].map(
        ([, action]) => action,
      );
    assert.deepEqual(order(true), ['video', 'audio', 'decline']);
    assert.deepEqual(order(false), ['audio', 'video', 'decline']);
  });
});

describe('how a call ended', () => {
  const notice = (reason: CallEnd, direction: 'in' | 'out') =>
    endedNotice(aCall({ direction, state: { kind: 'ended', reason, durationMs: 0 } }));

  it('is said when nobody here did it', () => {
    assert.match(notice('missed', 'in') ?? '', /missed a call from Bea/);
    assert.match(notice('declined', 'out') ?? '', /Bea declined/);
    assert.match(notice('unanswered', 'out') ?? '', /did not answer/);
    assert.match(notice('busy', 'out') ?? '', /in another call/);
  });

  it('is not said to whoever ended it, nor when two people hung up', () => {
    const silent: readonly (readonly [CallEnd, 'in' | 'out'])[] = [
      ['hungUp', 'out'],
      ['hungUpByPeer', 'in'],
      ['refused', 'in'],
      ['cancelled', 'out'],
    ];
    for (const [reason, direction] of silent) assert.equal(notice(reason, direction), undefined);
    assert.equal(endedNotice(aCall()), undefined);
  });

  it('takes as long as a telephone says', () => {
    assert.deepEqual([0, 59_999, 60_000, 3_725_000, -5].map(callDuration), [
      '0:00',
      '0:59',
      '1:00',
      '1:02:05',
      '0:00',
    ]);
    const answeredAt = '2025-01-01T12:00:00Z';
    const call = aCall({ state: { kind: 'connected', path: 'direct' }, answeredAt });
    assert.match(callView(call, Date.parse(answeredAt) + 65_000).text, / 1:05$/);
  });
});

describe('the status bar and the Agents view', () => {
  it('count what nobody has read, and name who wrote', () => {
    assert.equal(unreadView([aChat()]), undefined);
    const view = unreadView([aChat({ unread: 2 }), aChat(), aChat({ unread: 3 })]);
    assert.match(view?.text ?? '', / 5$/);
    assert.equal(view?.tooltip, '5 unread messages.\nBea: 2\nBea: 3');
  });

  it('say first what is new with an agent', () => {
    const row = agentRow(anAgent(), 0, {
      chat: aChat({ unread: 2, isTyping: true }),
      call: aCall(),
    });
    assert.match(row.description, /^is calling · 2 unread · typing… · agent-b/);
    assert.doesNotMatch(agentRow(anAgent(), 0, { chat: aChat() }).description, /unread|typing/);
  });

  it('say nothing of an agent that is blocked, and open no chat with it', () => {
    const row = agentRow(anAgent({ blocked: true }), 0, { chat: aChat({ unread: 2 }) });
    assert.doesNotMatch(row.description, /unread/);
    assert.equal(row.click, undefined);
  });
});

describe('an exported conversation', () => {
  const names = { self: 'Ada', agent: 'Bea' };

  it('is whole as JSON', () => {
    const messages = [aMessage(), aMessage({ from: 'self', state: 'read' })];
    const read = JSON.parse(historyJson(messages, names)) as { messages: unknown[] };
    assert.deepEqual(
      read.messages,
      messages.map(({ messageId, from, at, state, body }) => ({
        messageId,
        from,
        at,
        state,
        body,
      })),
    );
  });

  it('has each code in a block of its own as Markdown, whatever the code is', () => {
    const range = { startLine: 3, startCharacter: 1, endLine: 4, endCharacter: 1 };
    const text = 'a\n````\nb\n```';
    const body = { kind: 'code', path: 'proj/a`b.ts', language: 'ts', range, text } as const;
    const markdown = historyMarkdown([aMessage({ body })], names);
    assert.ok(markdown.includes(`\n\`\`\`\`\`ts\n${text}\n\`\`\`\`\`\n`));
    assert.match(markdown, /`proj\/a'b\.ts:3-4`/);
  });

  it('takes no headings or emphasis out of a name', () => {
    const markdown = historyMarkdown([aMessage()], { self: 'Ada', agent: '**x**\n# y' });
    assert.doesNotMatch(markdown, /\n# y|\*\*x\*\*/);
  });
});
