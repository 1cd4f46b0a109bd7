import assert from 'node:assert/strict';
import {
  MAX_CANDIDATES,
  MAX_SDP_LENGTH,
  readSignalFrame,
  type SignalFrame,
} from '../../../src/core/wire/signalFrames';

const [from, to] = ['ab'.repeat(16), 'cd'.repeat(16)];
const line = 'candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx generation 0';
const candidate = { candidate: line, sdpMid: '0', sdpMLineIndex: 0 };

const refused = (value: unknown): void => {
  assert.throws(() => readSignalFrame(value), { code: 'PROTOCOL' }, JSON.stringify(value));
};

describe('what is signalled in a session', () => {
  it('is read as it was meant', () => {
    const frames: SignalFrame[] = [
      { t: 'peer', peer: from },
      { t: 'peer' },
      { t: 'description', from, to, type: 'offer', sdp: 'v=0\r\n' },
      { t: 'description', from, to, type: 'answer', sdp: 'x'.repeat(MAX_SDP_LENGTH) },
      { t: 'candidates', from, to, candidates: [candidate] },
      {
        t: 'candidates',
        from,
        to,
        candidates: Array<typeof candidate>(MAX_CANDIDATES).fill(candidate),
      },
      {
        t: 'candidates',
        from,
        to,
        candidates: [{ candidate: '', sdpMid: null, sdpMLineIndex: null }],
      },
      { t: 'media', audio: true, video: false, screen: true },
      ...(['hungUp', 'failed', 'idle', 'replaced', 'stopped'] as const).map((reason) => ({
        t: 'end' as const,
        reason,
      })),
    ];
    for (const frame of frames) {
      assert.deepEqual(readSignalFrame(JSON.parse(JSON.stringify(frame))), frame);
      assert.deepEqual(readSignalFrame({ ...frame, added: 'later' }), frame);
    }
  });

  it('ends also for a reason that only a later version knows', () => {
    for (const reason of ['moved', 5, null, {}, undefined]) {
      assert.deepEqual(readSignalFrame({ t: 'end', reason }), { t: 'end', reason: 'stopped' });
    }
  });

  it('is refused when it has another form', () => {
    for (const value of [null, undefined, 5, 'peer', [], {}, { t: 'text' }, { t: null }]) {
      refused(value);
    }
    for (const peer of ['', 'AB'.repeat(16), 'ab'.repeat(15), `${from}\n`, 5, null]) {
      refused({ t: 'peer', peer });
      refused({ t: 'description', from: peer, to, type: 'offer', sdp: 'v=0' });
      refused({ t: 'candidates', from, to: peer, candidates: [candidate] });
    }
    for (const type of ['rollback', 'pranswer', '', null]) {
      refused({ t: 'description', from, to, type, sdp: 'v=0' });
    }
    for (const sdp of ['', 'x'.repeat(MAX_SDP_LENGTH + 1), 5, null]) {
      refused({ t: 'description', from, to, type: 'offer', sdp });
    }
    const many = Array<typeof candidate>(MAX_CANDIDATES + 1).fill(candidate);
    for (const candidates of [[], many, candidate, null, [null]]) {
      refused({ t: 'candidates', from, to, candidates });
    }
    const wrongs = [
      ...['typ host', `a=${line}`, ` ${line}`, `${line}\r\na=x`, `${line}\0`, `${line}ü`].map(
        (text) => ({ candidate: text }),
      ),
      { candidate: `candidate:${'1'.repeat(1000)}` },
      ...['x'.repeat(65), ' ', '\n', 0, undefined].map((sdpMid) => ({ sdpMid })),
      ...[-1, 257, 0.5, '0', undefined].map((sdpMLineIndex) => ({ sdpMLineIndex })),
    ];
    for (const wrong of wrongs) {
      refused({ t: 'candidates', from, to, candidates: [{ ...candidate, ...wrong }] });
    }
    for (const audio of [undefined, 1, 'true', null]) {
      refused({ t: 'media', audio, video: true, screen: true });
    }
  });
});
