import { openFrame, sealFrame, type FrameContext } from '../../../src/core/session/sealedFrame';
import { FAST_PACE, SealedStream } from '../../../src/core/session/sealedStream';
import { demand, demandEqual } from '../properties';
import type { FuzzTarget } from '../target';

const sessionId = '0123456789abcdef'.repeat(2);
const [ours, theirs] = [Buffer.alloc(32, 0x11), Buffer.alloc(32, 0x22)];

/** How the rest is put to the stream: as a frame, or as what the other side seals as one. */
const Mode = { frame: 0, sealedChat: 1, sealedSignal: 2, sealedSecond: 3 } as const;

export const target: FuzzTarget = {
  covers: [
    'src/core/session/sealedFrame.ts',
    'src/core/session/sealedStream.ts',
    'src/core/session/streamPlain.ts',
  ],
  kind: 'json',
  head: 1,
  dictionary: ['ack', 'say', '{"ack":0,"say":{}}', '{"ack":1}'],
  seeds: () => [
    Buffer.concat([Buffer.from([Mode.frame]), seal('chat', 0, Buffer.from('{"ack":0,"say":{}}'))]),
    Buffer.concat([Buffer.from([Mode.sealedChat]), Buffer.from('{"ack":0,"say":{"n":"ü"}}')]),
    Buffer.concat([Buffer.from([Mode.sealedChat]), Buffer.from('{"ack":1}')]),
    Buffer.from([Mode.sealedSignal]),
    Buffer.concat([Buffer.from([Mode.sealedSecond]), Buffer.from('{"ack":1,"say":[]}')]),
  ],
  fuzz(input) {
    const mode = (input[0] ?? 0) % 4;
    const body = input.subarray(1);
    const use = mode === Mode.frame || mode === Mode.sealedChat ? 'chat' : 'signal';
    if (body.length > 60_000) return false;
    const heard: object[] = [];
    let confirmed = 0;
    const stream = streamOf(use, heard, () => confirmed++);
    try {
      if (use === 'signal') stream.confirm();
      else stream.send({ first: true });
      const under = stream.unacknowledged().length;
      demand(under === 1, 'the first frame is not under way');
      if (mode === Mode.sealedSecond) stream.take(seal(use, 0, Buffer.alloc(0)));
      const place = mode === Mode.sealedSecond ? 1 : 0;
      const frame = mode === Mode.frame ? body : seal(use, place, body);
      const plain = openFrame(theirs, context(use, 'callee'), frame);
      stream.take(frame);
      stream.take(frame);
      const isHeard = heard.length > 0 || stream.unacknowledged().length === 0 || confirmed > place;
      demand(plain !== undefined || !isHeard, 'something was heard that nobody sealed');
      demand(heard.length <= 1 && confirmed <= 1, 'it was heard twice');
      if (heard.length === 1) {
        const { say } = JSON.parse(plain?.toString() ?? '') as { say: object };
        demandEqual(heard[0], say, 'something else than was said');
      }
      // Whatever came: what the other side says next is heard, in its place, or was heard just now.
      const next = Buffer.from('{"ack":0,"say":{"next":true}}');
      if (use === 'signal' && confirmed === 0) stream.take(seal(use, 0, Buffer.alloc(0)));
      const before = heard.length;
      for (const seq of [0, 1, 2]) stream.take(seal(use, seq, next));
      demand(heard.length > before, 'the stream is stuck');
      return isHeard;
    } finally {
      stream.destroy();
    }
  },
};

function streamOf(use: 'signal' | 'chat', heard: object[], onConfirm: () => void): SealedStream {
  return new SealedStream({
    keys: { send: Buffer.from(ours), receive: Buffer.from(theirs) },
    sessionId,
    side: 'caller',
    use,
    pace: () => FAST_PACE,
    hooks: {
      carry: () => undefined,
      onPayload: (payload) => heard.push(payload),
      onConfirm,
    },
  });
}

function seal(use: 'signal' | 'chat', seq: number, plain: Buffer): Buffer {
  return sealFrame(theirs, context(use, 'callee'), seq, plain);
}

function context(use: 'signal' | 'chat', direction: 'caller' | 'callee'): FrameContext {
  return { sessionId, use, direction };
}
