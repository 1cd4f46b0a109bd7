import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { SessionUse } from '../../../src/core/identity/sessionKeys';
import { openFrame, readFrameHead, sealFrame } from '../../../src/core/session/sealedFrame';
import { SLOW_PACE, WINDOW } from '../../../src/core/session/sealedStream';
import { encodePlain, MAX_SAY_BYTES } from '../../../src/core/session/streamPlain';
import { endsOf, HandClock, type End } from './streams';

const sessionId = randomBytes(16).toString('hex');

class Stage {
  readonly clock = new HandClock();
  readonly keys = { caller: randomBytes(32), callee: randomBytes(32) };
  /** Those that the ends do not overwrite. */
  readonly copies = {
    caller: Buffer.from(this.keys.caller),
    callee: Buffer.from(this.keys.callee),
  };
  readonly caller: End;
  readonly callee: End;

  constructor(readonly use: SessionUse) {
    const ends = endsOf(use, this.clock, this.keys, sessionId);
    this.caller = ends.caller;
    this.callee = ends.callee;
  }

  /** From now on everything arrives, at once. */
  connect(): void {
    this.caller.onCarry = (frame) => {
      this.callee.stream.take(frame);
    };
    this.callee.onCarry = (frame) => {
      this.caller.stream.take(frame);
    };
  }

  /** What the callee could seal, whatever it is. */
  ofCallee(seq: number, plain: string | Buffer): Buffer {
    const context = { sessionId, direction: 'callee', use: this.use } as const;
    return sealFrame(this.copies.callee, context, seq, Buffer.from(plain));
  }

  /** What the caller could seal: `{ n }` as its frame n. */
  ofCaller(n: number): Buffer {
    const context = { sessionId, direction: 'caller', use: this.use } as const;
    return sealFrame(this.copies.caller, context, n, encodePlain(0, `{"n":${n}}`));
  }

  /** What was said in a frame of the caller's. */
  read(frame: Buffer): string {
    const context = { sessionId, direction: 'caller', use: this.use } as const;
    return String(openFrame(this.copies.caller, context, frame));
  }

  end(): void {
    this.caller.stream.destroy();
    this.callee.stream.destroy();
    assert.equal(this.clock.pending, 0, 'timers that nobody ends');
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of objects and buffers that something still refers to. */
function usedMemory(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const numbers = (count: number): { n: number }[] =>
  Array.from({ length: count }, (_, n) => ({ n }));

describe('a sealed stream', () => {
  it('says nothing but its confirmation before it heard the other side’s', () => {
    const stage = new Stage('signal');
    const { caller, callee } = stage;
    caller.stream.send({ n: 0 });
    assert.equal(caller.carried.length, 0);
    caller.stream.confirm();
    caller.stream.confirm();
    caller.stream.send({ n: 1 });
    assert.deepEqual(
      caller.carried.map((frame) => stage.read(frame)),
      [''],
    );
    stage.clock.pass(1_000_000);
    assert.ok(caller.carried.slice(1).length > 0, 'the confirmation is repeated');
    for (const frame of caller.carried) assert.deepEqual(frame, caller.carried[0]);
    stage.connect();
    callee.stream.confirm();
    caller.stream.again();
    assert.deepEqual([caller.confirmed, callee.confirmed], [1, 1]);
    assert.deepEqual(callee.heard, [{ n: 0 }, { n: 1 }]);
    stage.end();
  });

  it('takes for a confirmation only what is empty and first', () => {
    for (const first of ['{"ack":0}', '{"ack":0,"say":{}}', ' ']) {
      const stage = new Stage('signal');
      stage.caller.stream.take(stage.ofCallee(0, first));
      stage.caller.stream.take(stage.ofCallee(1, '{"ack":0,"say":{"n":1}}'));
      assert.deepEqual([stage.caller.confirmed, stage.caller.heard], [0, []]);
      // Without a change of state: the right one still comes first.
      stage.caller.stream.take(stage.ofCallee(0, ''));
      assert.deepEqual([stage.caller.confirmed, stage.caller.heard], [1, [{ n: 1 }]]);
      stage.caller.stream.take(stage.ofCallee(2, ''));
      stage.caller.stream.take(stage.ofCallee(2, '{"ack":0,"say":{"n":2}}'));
      assert.deepEqual(stage.caller.heard, [{ n: 1 }, { n: 2 }]);
      stage.end();
    }
  });

  it('drops what is sealed and makes no sense, as if it had never come', () => {
    const wrongs = [
      ...['', 'x', '[]', 'null', '{}', '{"say":{}}', '{"ack":-1}', '{"ack":0.5}', '{"ack":"0"}'],
      ...['{"ack":0,"say":1}', '{"ack":0,"say":null}', '{"ack":0,"say":"x"}', '\ufeff{"ack":0}'],
      // For frames that were never sent.
      ...['{"ack":1}', '{"ack":1,"say":{"n":0}}', `{"ack":${String(2 ** 53)}}`],
      Buffer.from([0xff, 0xfe]),
    ];
    for (const wrong of wrongs) {
      const stage = new Stage('chat');
      stage.caller.stream.take(stage.ofCallee(0, wrong));
      assert.deepEqual(stage.caller.heard, []);
      stage.clock.pass(100_000);
      assert.equal(stage.caller.carried.length, 0, 'nothing is acknowledged');
      stage.caller.stream.take(stage.ofCallee(0, '{"ack":0,"say":{"n":0},"more":1}'));
      assert.deepEqual(stage.caller.heard, [{ n: 0 }]);
      stage.end();
    }
  });

  it('delivers in order and once, up to 256 ahead', () => {
    const stage = new Stage('chat');
    const frame = (n: number): Buffer => stage.ofCallee(n, encodePlain(0, `{"n":${n}}`));
    const { stream, heard } = stage.caller;
    stream.take(frame(WINDOW));
    for (let n = WINDOW - 1; n > 0; n--) stream.take(frame(n));
    for (let n = 1; n < WINDOW; n++) stream.take(frame(n));
    assert.deepEqual(heard, []);
    stream.take(frame(0));
    assert.deepEqual(heard, numbers(WINDOW));
    for (let n = 0; n < WINDOW; n++) stream.take(frame(n));
    assert.equal(heard.length, WINDOW);
    stream.take(frame(WINDOW));
    assert.deepEqual(heard, numbers(WINDOW + 1));
    stage.end();
  });

  it('keeps little of what waits for a frame before it, and hears it all in the end', () => {
    const stage = new Stage('chat');
    const { stream, heard } = stage.caller;
    stage.caller.onPayload = (payload) => delete (payload as { empty?: unknown }).empty;
    // As objects, these would take twenty times their letters.
    const empty = Array.from({ length: 20_000 }, () => '{}').join(',');
    const frames = Array.from({ length: WINDOW }, (_, n) =>
      stage.ofCallee(n, encodePlain(0, `{"n":${n},"empty":[${empty}]}`)),
    );
    const before = usedMemory();
    for (const frame of frames.slice(1)) stream.take(frame);
    const grown = usedMemory() - before;
    assert.ok(grown < 16 * 1024 * 1024, `${grown} bytes for what nobody is told`);
    // What there was no room for is sent again, as everything that is not acknowledged.
    for (let round = 0; round < 5; round++) for (const frame of frames) stream.take(frame);
    const inOrder = heard.map((payload) => ({ n: (payload as { n: number }).n }));
    assert.deepEqual(inOrder, numbers(WINDOW));
    stage.end();
  });

  it('sends again the same bytes, less and less often, until it hears that they arrived', () => {
    const stage = new Stage('chat');
    const { caller } = stage;
    for (const said of numbers(5)) caller.stream.send(said);
    const sealed = [...caller.carried];
    assert.deepEqual(caller.stream.unacknowledged(), sealed);
    stage.clock.pass(60 * 60 * 1000);
    const rounds = caller.carried.length / sealed.length;
    assert.ok(rounds > 50 && rounds < 80, `${rounds} rounds in an hour`);
    for (const [index, frame] of caller.carried.entries()) {
      assert.deepEqual(frame, sealed[index % sealed.length]);
    }
    stage.connect();
    caller.stream.again();
    stage.clock.pass(stage.callee.pace.ackMs);
    assert.deepEqual(stage.callee.heard, numbers(5));
    assert.deepEqual(caller.stream.unacknowledged(), []);
    assert.equal(caller.stream.isWaiting, false);
    const carried = caller.carried.length;
    stage.clock.pass(60 * 60 * 1000);
    assert.equal(caller.carried.length, carried);
    stage.end();
  });

  it('acknowledges many with one frame, and acknowledgements with none, doubled ones too', () => {
    const stage = new Stage('chat');
    stage.caller.pace = stage.callee.pace = SLOW_PACE;
    const both = (other: End) => (frame: Buffer) => {
      other.stream.take(frame);
      other.stream.take(frame);
    };
    stage.caller.onCarry = both(stage.callee);
    stage.callee.onCarry = both(stage.caller);
    for (const said of numbers(10)) stage.caller.stream.send(said);
    assert.equal(stage.callee.carried.length, 0, 'it waits whether it has something to say itself');
    stage.clock.pass(60 * 60 * 1000);
    assert.deepEqual(stage.callee.heard, numbers(10));
    assert.equal(stage.callee.carried.length, 1);
    assert.equal(stage.caller.carried.length, 10);
    stage.end();
  });

  it('says with its own words what it heard', () => {
    const stage = new Stage('chat');
    stage.connect();
    stage.callee.onPayload = () => {
      stage.callee.stream.send({ n: 'answer' });
    };
    stage.caller.stream.send({ n: 0 });
    assert.deepEqual(stage.caller.heard, [{ n: 'answer' }]);
    assert.equal(stage.callee.carried.length, 1);
    assert.deepEqual(stage.caller.stream.unacknowledged(), []);
    stage.clock.pass(60 * 60 * 1000);
    assert.deepEqual(stage.callee.stream.unacknowledged().length, 0);
    stage.end();
  });

  it('has at most a window under way, and never stalls with both windows full', () => {
    const stage = new Stage('chat');
    const { caller, callee } = stage;
    for (const said of numbers(1000)) {
      caller.stream.send(said);
      callee.stream.send(said);
    }
    assert.ok(caller.stream.unacknowledged().length < WINDOW);
    for (const end of [caller, callee]) {
      const places = end.carried.map((frame) => readFrameHead(frame)?.seq ?? -1);
      assert.ok(Math.max(...places) < WINDOW);
    }
    stage.connect();
    stage.clock.pass(10 * 60 * 1000);
    assert.deepEqual(caller.heard, numbers(1000));
    assert.deepEqual(callee.heard, numbers(1000));
    stage.end();
  });

  it('goes on after a time in which only one direction carried anything', () => {
    const stage = new Stage('chat');
    const { caller, callee } = stage;
    // Each frame comes late enough to be acknowledged on its own, and no acknowledgement arrives.
    caller.onCarry = (frame) => {
      callee.stream.take(frame);
    };
    for (const said of numbers(1000)) {
      caller.stream.send(said);
      stage.clock.pass(100);
    }
    assert.ok(callee.heard.length < WINDOW);
    stage.connect();
    stage.clock.pass(30 * 60 * 1000);
    assert.deepEqual(callee.heard, numbers(1000));
    assert.equal(caller.stream.isWaiting, false);
    stage.end();
  });

  it('acknowledges acknowledgements only when there are many, so that no window fills with them', () => {
    const stage = new Stage('chat');
    const { stream, carried } = stage.caller;
    for (let n = 0; n < 15; n++) stream.take(stage.ofCallee(n, encodePlain(0)));
    stage.clock.pass(60 * 60 * 1000);
    assert.equal(carried.length, 0);
    stream.take(stage.ofCallee(15, encodePlain(0)));
    stage.clock.pass(60 * 60 * 1000);
    assert.deepEqual(
      carried.map((frame) => stage.read(frame)),
      ['{"ack":16}'],
    );
    stage.end();
  });

  it('refuses at once what does not fit into a frame, and goes on', () => {
    const stage = new Stage('chat');
    stage.connect();
    const room = MAX_SAY_BYTES - '{"n":""}'.length;
    stage.caller.stream.send({ n: 'x'.repeat(room) });
    assert.throws(
      () => {
        stage.caller.stream.send({ n: 'x'.repeat(room + 1) });
      },
      {
        code: 'MESSAGE_TOO_LARGE',
      },
    );
    assert.throws(
      () => {
        stage.caller.stream.send({ n: '漢'.repeat(room / 2) });
      },
      {
        code: 'MESSAGE_TOO_LARGE',
      },
    );
    stage.caller.stream.send({ n: 1 });
    assert.deepEqual(stage.callee.heard, [{ n: 'x'.repeat(room) }, { n: 1 }]);
    stage.end();
  });

  it('says what held when it was said, whatever became of the object', () => {
    const stage = new Stage('signal');
    const said = { n: 1 };
    stage.caller.stream.send(said);
    said.n = 2;
    stage.connect();
    stage.caller.stream.confirm();
    stage.callee.stream.confirm();
    stage.caller.stream.again();
    assert.deepEqual(stage.callee.heard, [{ n: 1 }]);
    stage.end();
  });

  it('overwrites its keys at its end, and neither hears nor says anything after it', () => {
    const stage = new Stage('chat');
    stage.connect();
    stage.callee.onPayload = () => {
      stage.callee.stream.destroy();
    };
    const { caller, callee } = stage;
    // The second waits behind the first, whose listener ends the stream.
    const frames = [0, 1].map((n) => stage.ofCaller(n));
    callee.stream.take(frames[1] ?? Buffer.alloc(0));
    callee.stream.take(frames[0] ?? Buffer.alloc(0));
    assert.deepEqual(callee.heard, [{ n: 0 }]);
    caller.stream.send({ n: 0 });
    caller.stream.destroy();
    assert.deepEqual(stage.keys.caller, Buffer.alloc(32));
    assert.deepEqual(stage.keys.callee, Buffer.alloc(32));
    const carried = caller.carried.length;
    caller.stream.send({ n: 1 });
    caller.stream.again();
    caller.stream.take(stage.ofCallee(0, '{"ack":0,"say":{"n":0}}'));
    stage.clock.pass(1_000_000);
    assert.equal(caller.carried.length, carried);
    assert.deepEqual(caller.heard, []);
    stage.end();
  });
});
