import assert from 'node:assert/strict';
import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import { randomBytes } from 'node:crypto';
import type { PeerSignal, PeerState } from '../../src/core/calling';
import { RtcConnection } from '../../src/nodepeer/rtcConnection';
import { holdRtcLibrary, type RtcLibrary } from '../../src/nodepeer/rtcLibrary';

/** One end, all that it told, and a way to its other end that the test holds in its hand. */
class End extends EventEmitter {
  readonly frames: Buffer[] = [];
  readonly states: PeerState[] = [];
  readonly signals: PeerSignal[] = [];
  readonly connection: RtcConnection;
  deliver: (signal: PeerSignal) => void = () => undefined;

  constructor(library: RtcLibrary, isPolite: boolean) {
    super();
    this.connection = new RtcConnection(library, {
      isPolite,
      iceServers: [],
      onSignal: (signal) => {
        this.signals.push(signal);
        this.deliver(signal);
      },
      onFrame: (frame) => {
        this.frames.push(frame);
        this.emit('told');
      },
      onState: (state) => {
        this.states.push(state);
        this.emit('told');
      },
      log: () => undefined,
    });
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this, 'told');
  }

  async connected(): Promise<void> {
    await this.until(() => this.states.at(-1)?.kind === 'connected');
  }
}

describe('a peer connection of a terminal', function () {
  this.timeout(20_000);
  let held: Awaited<ReturnType<typeof holdRtcLibrary>>;
  const ends: End[] = [];

  before(async () => {
    held = await holdRtcLibrary();
  });
  afterEach(() => {
    for (const { connection } of ends.splice(0)) connection.close();
  });
  // Whatever it leaves behind would keep the process of the tests alive.
  after(() => {
    held.letGo();
  });

  const pair = (): [End, End] => {
    const caller = new End(held.library, false);
    const callee = new End(held.library, true);
    ends.push(caller, callee);
    return [caller, callee];
  };
  const wire = (one: End, other: End): void => {
    for (const signal of one.signals) other.connection.take(signal);
    one.deliver = (signal) => {
      other.connection.take(signal);
    };
  };

  it('comes about by one offer and one answer, and carries the largest frames, whole and in order', async () => {
    const [caller, callee] = pair();
    wire(caller, callee);
    wire(callee, caller);
    await Promise.all([caller.connected(), callee.connected()]);
    assert.deepEqual(caller.states.at(-1), { kind: 'connected', path: 'direct' });
    const kinds = [caller, callee].map(({ signals }) =>
      signals.flatMap((signal) => (signal.kind === 'description' ? [signal.type] : [])),
    );
    assert.deepEqual(kinds, [['offer'], ['answer']]);
    const sent = Array.from({ length: 200 }, () => randomBytes(64 * 1024));
    for (const frame of sent) caller.connection.send(frame);
    caller.connection.send(randomBytes(64 * 1024 + 1));
    callee.connection.send(Buffer.from('back'));
    await Promise.all([
      callee.until(() => callee.frames.length === sent.length),
      caller.until(() => caller.frames.length === 1),
    ]);
    assert.ok(Buffer.concat(callee.frames).equals(Buffer.concat(sent)));
  });

  it('takes candidates that come before their description', async () => {
    const [caller, callee] = pair();
    const late: PeerSignal[] = [];
    callee.deliver = (signal) => {
      if (signal.kind === 'candidate') caller.connection.take(signal);
      else late.push(signal);
      if (callee.signals.some(({ kind }) => kind === 'candidate')) {
        for (const description of late.splice(0)) caller.connection.take(description);
      }
    };
    wire(caller, callee);
    await Promise.all([caller.connected(), callee.connected()]);
  });

  it('survives what is no description, no candidate, or an answer to nothing', async () => {
    const [caller, callee] = pair();
    const junk = { kind: 'candidate', candidate: 'candidate:\u0000 junk', sdpMid: 'x' } as const;
    for (const end of [caller, callee]) end.connection.take({ ...junk, sdpMLineIndex: null });
    callee.connection.take({ kind: 'description', type: 'answer', sdp: 'v=0\r\n' });
    wire(caller, callee);
    wire(callee, caller);
    await Promise.all([caller.connected(), callee.connected()]);
    callee.connection.take({ kind: 'description', type: 'offer', sdp: 'nonsense' });
    assert.equal(callee.states.at(-1)?.kind, 'failed', 'another description means another one');
    await caller.until(() => ['failed', 'disconnected'].includes(caller.states.at(-1)?.kind ?? ''));
  });

  it('fails, once, when the other side goes away', async () => {
    const [caller, callee] = pair();
    wire(caller, callee);
    wire(callee, caller);
    await Promise.all([caller.connected(), callee.connected()]);
    caller.connection.close();
    await callee.until(() => callee.states.at(-1)?.kind === 'failed');
    callee.connection.send(Buffer.from('into nothing'));
    assert.equal(callee.states.filter(({ kind }) => kind === 'failed').length, 1);
    assert.notEqual(caller.states.at(-1)?.kind, 'failed', 'who closes does not fail');
  });
});
