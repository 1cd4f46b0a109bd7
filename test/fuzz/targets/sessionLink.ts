import {
  SessionType,
  decodeSessionMessage,
  encodeSessionMessage,
  type SessionMessage,
} from '../../../src/core/wire/sessionLink';
import { demand, demandEqual, readOr } from '../properties';
import type { FuzzTarget } from '../target';

const id = '0123456789abcdef'.repeat(2);
const signed = { signed: 'e30', signature: 'A'.repeat(86) };

/** The type, then the payload. */
export const target: FuzzTarget = {
  covers: ['src/core/wire/sessionLink.ts'],
  kind: 'json',
  head: 1,
  dictionary: ['signed', 'signature', 'chats', 'calls', 'true'],
  seeds: () =>
    (
      [
        { type: SessionType.request, request: signed },
        { type: SessionType.answer, answer: signed },
        { type: SessionType.frame, id, frame: Buffer.alloc(25) },
        { type: SessionType.unknown, id },
        { type: SessionType.available, available: { chats: true, calls: false } },
      ] satisfies SessionMessage[]
    ).map((message) => Buffer.concat([Buffer.from([message.type]), encodeSessionMessage(message)])),
  fuzz(input) {
    const type = (input[0] ?? 0) % 8;
    const payload = input.subarray(1);
    const message = readOr(['PROTOCOL'], () => decodeSessionMessage(type, payload))?.value;
    if (message === undefined) return false;
    demand(message.type === type, 'another message than was sent');
    const again = decodeSessionMessage(message.type, encodeSessionMessage(message));
    demandEqual(again, message, 'written and read again it is another');
    check(message, payload);
    const padded = Buffer.concat([payload, Buffer.alloc(16 + 64 * 1024, ' ')]);
    demand(
      readOr(['PROTOCOL'], () => decodeSessionMessage(type, padded)) === undefined,
      'a message beyond its limit',
    );
    return true;
  },
};

function check(message: SessionMessage, payload: Buffer): void {
  switch (message.type) {
    case SessionType.request:
      checkSigned(message.request);
      return;
    case SessionType.answer:
      checkSigned(message.answer);
      return;
    case SessionType.frame:
      demand(/^[0-9a-f]{32}$/.test(message.id), 'an id that is none');
      demand(message.frame.length >= 25 && message.frame.length <= 64 * 1024, 'no frame');
      demand(message.frame.equals(payload.subarray(16)), 'a frame that was changed');
      return;
    case SessionType.unknown:
      demand(/^[0-9a-f]{32}$/.test(message.id), 'an id that is none');
      return;
    case SessionType.available:
      demand(typeof message.available.chats === 'boolean', 'neither yes nor no');
      demand(typeof message.available.calls === 'boolean', 'neither yes nor no');
  }
}

function checkSigned({ signed: bytes, signature }: typeof signed): void {
  demand(/^[\w-]{86}$/.test(signature), 'a signature that is none');
  demand(/^[\w-]{1,22000}$/.test(bytes), 'signed bytes that are none');
}
