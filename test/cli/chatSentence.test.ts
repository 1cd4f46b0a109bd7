import assert from 'node:assert/strict';
import { chatSentence } from '../../src/cli/output/chatSentence';

describe('a sentence about a chat or call', () => {
  const other = { from: 'bob; rm -rf ~', kid: '0123456789abcdef'.repeat(4) };

  it('never advises a command with the other side’s own words in it', () => {
    const report = { event: 'call', callId: '', direction: 'in', video: true } as const;
    const text = chatSentence({ ...report, ...other, state: 'ringing' });
    assert.match(text, /Accept with: beeline call 01234567$/);
  });

  it('says no way of chats where nobody was looked for', () => {
    const report = { event: 'chat', unread: 2, waiting: 0 } as const;
    assert.equal(chatSentence({ ...report, from: 'bob', kid: other.kid }), 'bob  2 unread');
    assert.equal(
      chatSentence({ ...report, from: 'bob', kid: other.kid, path: 'direct' }),
      'bob  direct  2 unread',
    );
  });
});
