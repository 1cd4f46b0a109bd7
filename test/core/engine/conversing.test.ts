import assert from 'node:assert/strict';
import { MAX_MESSAGE_BYTES } from '../../../src/core/chatEvents';
import {
  checkConversing,
  conversingCalls,
  type ConversingCall,
} from '../../../src/core/engine/conversing';
import { toBeelineError } from '../../../src/core/errors';

const kid = 'a'.repeat(64);
const id = 'b'.repeat(32);
const range = { startLine: 1, startCharacter: 1, endLine: 2, endCharacter: 3 };
const code = { kind: 'code', path: 'folder/a.ts', language: 'typescript', range, text: 'x' };

/** One of each that is right; every test below breaks one of them in one place. */
const right: Record<ConversingCall, Record<string, unknown>> = {
  sendMessage: { kid, messageId: id, body: code },
  typing: { kid, isTyping: true },
  markRead: { kid, messageId: id },
  messages: { kid, limit: 200, before: id },
  searchMessages: { kid, text: 'word', limit: 1 },
  clearMessages: { kid },
  attend: { shellId: id, chats: true, calls: false, open: [kid] },
  call: { callId: id, kid, media: { video: true } },
  answerCall: { callId: id, decision: { kind: 'accept', media: { video: false } } },
  hangUp: { callId: id },
  tellMedia: { callId: id, media: { audio: true, video: false, screen: false } },
  attachPeer: { peerId: id, to: { kind: 'chat', kid }, takeOver: true },
  peerSignal: {
    peerId: id,
    to: id,
    signal: { kind: 'candidate', candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 },
  },
  peerFrame: { peerId: id, frame: 'AAECAw==' },
  peerState: { peerId: id, state: { kind: 'connected', path: 'relayed' } },
  detachPeer: { peerId: id },
};

/** If this fails, another process or a page can hand the engine what no code of it expects. */
describe('what chats, calls and peers are asked with', () => {
  const refused = (call: ConversingCall, params: unknown, with_ = 'CONFIG_INVALID'): void => {
    try {
      checkConversing(call, params);
    } catch (thrown) {
      const { code: found, message } = toBeelineError(thrown);
      assert.equal(found, with_, message);
      assert.match(message, /\.$/);
      return;
    }
    assert.fail(`${call} took ${JSON.stringify(params).slice(0, 200)}`);
  };

  it('has a rule for each call, and lets through what is right as it is', () => {
    assert.deepEqual([...conversingCalls].sort(), Object.keys(right).sort());
    for (const call of conversingCalls) {
      assert.deepEqual(checkConversing(call, right[call]), right[call], call);
    }
  });

  it('refuses each field when it is absent or of another type, in every call', () => {
    const optional = new Set(['before', 'takeOver']);
    for (const call of conversingCalls) {
      for (const field of Object.keys(right[call])) {
        const { [field]: _left, ...without } = right[call];
        if (!optional.has(field)) refused(call, without);
        for (const other of [null, 7, {}, [[]], Number.NaN, 'no such']) {
          // A search may be for any words.
          if (call === 'searchMessages' && field === 'text' && other === 'no such') continue;
          if (call === 'searchMessages' && field === 'limit' && other === 7) continue;
          if (call === 'messages' && field === 'limit' && other === 7) continue;
          refused(call, { ...right[call], [field]: other });
        }
      }
      for (const nothing of [undefined, null, 'text', [], 1]) refused(call, nothing);
    }
  });

  it('refuses ids that are none: too short, upper case, with a path or a line break', () => {
    for (const bad of [
      '',
      'b'.repeat(31),
      'B'.repeat(32),
      `${id}\n`,
      '../'.repeat(10) + 'ab',
      kid,
    ]) {
      refused('markRead', { kid, messageId: bad });
      refused('hangUp', { callId: bad });
      refused('detachPeer', { peerId: bad });
    }
    for (const bad of [id, kid.toUpperCase(), `${kid}\n`, '__proto__']) {
      refused('clearMessages', { kid: bad });
      refused('attachPeer', { peerId: id, to: { kind: 'chat', kid: bad } });
    }
  });

  it('refuses numbers out of range', () => {
    for (const limit of [0, -1, 201, 1.5, Number.POSITIVE_INFINITY]) {
      refused('messages', { kid, limit });
      refused('searchMessages', { kid, text: 'x', limit });
    }
    for (const startLine of [0, -1, 1.5, 1e12]) {
      refused('sendMessage', {
        kid,
        messageId: id,
        body: { ...code, range: { ...range, startLine } },
      });
    }
  });

  it('counts the bytes of a message, not its characters, and has a sentence of its own for that', () => {
    const say = (text: string): object => ({ kid, messageId: id, body: { kind: 'text', text } });
    checkConversing('sendMessage', say('é'.repeat(MAX_MESSAGE_BYTES / 2)));
    refused('sendMessage', say('é'.repeat(MAX_MESSAGE_BYTES / 2 + 1)), 'MESSAGE_TOO_LARGE');
    refused('sendMessage', say('x'.repeat(MAX_MESSAGE_BYTES + 1)), 'MESSAGE_TOO_LARGE');
    refused('sendMessage', say(''));
  });

  it('refuses frames that are no base64, and those larger than any that was sealed', () => {
    const frame = (bytes: number): string => Buffer.alloc(bytes, 1).toString('base64');
    checkConversing('peerFrame', { peerId: id, frame: frame(64 * 1024) });
    refused('peerFrame', { peerId: id, frame: frame(65 * 1024) });
    for (const bad of ['AAE', 'AA-_', 'AAE=\n', '{"a":1}']) {
      refused('peerFrame', { peerId: id, frame: bad });
    }
  });

  it('refuses descriptions and candidates of any length', () => {
    const signal = (one: object): object => ({ peerId: id, to: id, signal: one });
    const sdp = 'v=0\r\n'.repeat(20_000);
    refused('peerSignal', signal({ kind: 'description', type: 'offer', sdp }));
    refused('peerSignal', signal({ kind: 'description', type: 'rollback', sdp: 'v=0' }));
    const candidate = 'candidate:'.repeat(1000);
    refused('peerSignal', signal({ kind: 'candidate', candidate, sdpMid: '0', sdpMLineIndex: 0 }));
    refused('attend', { ...right.attend, open: Array.from({ length: 2000 }, () => kid) });
  });

  it('passes fields on that it knows, and no others', () => {
    const params = { ...right.typing, __extra: 'x', constructor: 'y' };
    assert.deepEqual(checkConversing('typing', params), right.typing);
  });
});
