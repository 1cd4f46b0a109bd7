import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import {
  MAX_FRAME_BYTES,
  MAX_PLAIN_BYTES,
  openFrame,
  readFrameHead,
  sealFrame,
  type FrameContext,
} from '../../../src/core/session/sealedFrame';
import * as hand from '../identity/byHand';

const key = randomBytes(32);
const sessionId = randomBytes(16).toString('hex');
const context: FrameContext = { sessionId, direction: 'caller', use: 'chat' };

/** As docs/keys.md says, with what Node has. */
function sealByHand(seq: bigint, plain: Buffer, { direction, use }: FrameContext): Buffer {
  const place = Buffer.from(seq.toString(16).padStart(16, '0'), 'hex');
  const cipher = createCipheriv('aes-256-gcm', key, Buffer.concat([Buffer.alloc(4), place]));
  const [label, lane] = [hand.L('beeline/sealed/1'), hand.L(`${direction}/${use}`)];
  cipher.setAAD(Buffer.concat([label, Buffer.from(sessionId, 'hex'), lane, place]));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return Buffer.concat([Buffer.from([use === 'signal' ? 0 : 1]), place, sealed]);
}

describe('a sealed frame', () => {
  it('has the bytes that were computed by hand', () => {
    for (const seq of [0, 1, 255, 256, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      for (const plain of [Buffer.alloc(0), Buffer.from('{"ack":0}'), randomBytes(70)]) {
        for (const use of ['signal', 'chat'] as const) {
          for (const direction of ['caller', 'callee'] as const) {
            const of = { sessionId, direction, use };
            const frame = sealFrame(key, of, seq, plain);
            assert.deepEqual(frame, sealByHand(BigInt(seq), plain, of));
            assert.deepEqual(readFrameHead(frame), { use, seq });
            assert.deepEqual(openFrame(key, of, frame), plain);
          }
        }
      }
    }
  });

  it('opens as what it was sealed as, and as nothing else', () => {
    const frame = sealFrame(key, context, 7, Buffer.from('{"ack":1,"say":{"t":"read"}}'));
    const others: [Buffer, FrameContext][] = [
      [randomBytes(32), context],
      [key, { ...context, sessionId: randomBytes(16).toString('hex') }],
      [key, { ...context, direction: 'callee' }],
      [key, { ...context, use: 'signal' }],
    ];
    for (const [otherKey, other] of others) {
      assert.equal(openFrame(otherKey, other, frame), undefined);
    }
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const flipped = Buffer.from(frame);
      flipped[bit >>> 3] = (flipped[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(openFrame(key, context, flipped), undefined, `bit ${bit}`);
    }
    for (let length = 0; length < frame.length; length++) {
      assert.equal(openFrame(key, context, frame.subarray(0, length)), undefined);
      assert.equal(openFrame(key, context, frame.subarray(frame.length - length)), undefined);
    }
    assert.equal(openFrame(key, context, Buffer.concat([frame, Buffer.alloc(1)])), undefined);
  });

  it('is no larger than carriers take, and of a place that numbers can tell exactly', () => {
    const largest = sealFrame(key, context, 0, Buffer.alloc(MAX_PLAIN_BYTES));
    assert.equal(largest.length, MAX_FRAME_BYTES);
    assert.equal(openFrame(key, context, largest)?.length, MAX_PLAIN_BYTES);
    const larger = sealByHand(0n, Buffer.alloc(MAX_PLAIN_BYTES + 1), context);
    assert.equal(openFrame(key, context, larger), undefined);
    for (const seq of [2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
      assert.equal(openFrame(key, context, sealByHand(seq, Buffer.alloc(0), context)), undefined);
    }
    for (const use of [2, 255]) {
      const frame = sealByHand(0n, Buffer.alloc(0), context);
      frame[0] = use;
      assert.equal(readFrameHead(frame), undefined);
    }
  });
});
