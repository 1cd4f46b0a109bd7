import assert from 'node:assert/strict';
import {
  decodeSessionMessage,
  encodeSessionMessage,
  MAX_SESSION_MESSAGE,
  SessionType,
  type SessionMessage,
} from '../../../src/core/wire/sessionLink';

const id = '00112233445566778899aabbccddeeff';
const signed = { signed: 'e30', signature: 'A'.repeat(86) };
const frame = Buffer.alloc(25, 0x42);

/**
 * Each message, its bytes written by hand from docs/wire.md, and both ways between them. Should one
 * of these fail, agents of the released version do not understand us any more.
 */
const known: [number, Buffer, SessionMessage][] = [
  [
    0,
    Buffer.from(`{"signed":"e30","signature":"${'A'.repeat(86)}"}`),
    { type: SessionType.request, request: signed },
  ],
  [
    1,
    Buffer.from(`{"signed":"e30","signature":"${'A'.repeat(86)}"}`),
    { type: SessionType.answer, answer: signed },
  ],
  [2, Buffer.from(id + '42'.repeat(25), 'hex'), { type: SessionType.frame, id, frame }],
  [3, Buffer.from(id, 'hex'), { type: SessionType.unknown, id }],
  [
    4,
    Buffer.from('{"chats":true,"calls":false}'),
    { type: SessionType.available, available: { chats: true, calls: false } },
  ],
];

const refused = (type: number, payload: Buffer | string): void => {
  assert.throws(() => decodeSessionMessage(type, Buffer.from(payload as string)), {
    code: 'PROTOCOL',
  });
};

describe('what paired agents say of sessions on their link', () => {
  it('has the bytes that were written by hand, both ways', () => {
    for (const [type, bytes, message] of known) {
      assert.equal(message.type, type);
      assert.deepEqual(encodeSessionMessage(message), bytes);
      assert.deepEqual(decodeSessionMessage(type, bytes), message);
    }
  });

  it('keeps a frame when the buffer that it came in is used again', () => {
    const payload = Buffer.from(id + '42'.repeat(25), 'hex');
    const message = decodeSessionMessage(SessionType.frame, payload);
    payload.fill(0);
    assert.deepEqual(message, { type: SessionType.frame, id, frame });
  });

  it('is refused when it has another form, size or type', () => {
    for (let type = 0; type <= 4; type++) {
      for (const payload of ['', '{}', 'null', '[]', 'x', '{"signed":1,"signature":2}']) {
        refused(type, payload);
      }
      refused(type, Buffer.alloc(MAX_SESSION_MESSAGE + 1, ' '));
    }
    for (const type of [-1, 5, 16, 0.5]) refused(type, '{"chats":true,"calls":false}');
    for (const wrong of [
      { signed: '' },
      { signed: 'e30=' },
      { signed: 'A'.repeat(22_001) },
      { signature: 'A'.repeat(85) },
      { signature: `${'A'.repeat(85)}=` },
    ]) {
      refused(0, JSON.stringify({ ...signed, ...wrong }));
      refused(1, JSON.stringify({ ...signed, ...wrong }));
    }
    for (const wrong of [{ chats: 1 }, { calls: null }, { calls: undefined }]) {
      refused(4, JSON.stringify({ chats: true, calls: true, ...wrong }));
    }
    refused(2, Buffer.alloc(16 + 24));
    refused(3, Buffer.alloc(15));
    refused(3, Buffer.alloc(17));
    const largest = Buffer.alloc(MAX_SESSION_MESSAGE);
    assert.equal(decodeSessionMessage(SessionType.frame, largest).type, SessionType.frame);
  });
});
