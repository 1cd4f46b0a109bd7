import { readSignalFrame, type SignalFrame } from '../../../src/core/wire/signalFrames';
import { demand, demandEqual, jsonSeeds, parseJson, readOr } from '../properties';
import type { FuzzTarget } from '../target';

const [from, to] = ['0123456789abcdef'.repeat(2), 'ab'.repeat(16)];
const candidate = 'candidate:1 1 udp 2122260223 192.0.2.1 49203 typ host generation 0';

export const target: FuzzTarget = {
  covers: ['src/core/wire/signalFrames.ts'],
  kind: 'json',
  dictionary: [
    ...['peer', 'description', 'candidates', 'media', 'end', 'offer', 'answer', 'sdp'],
    ...['sdpMid', 'sdpMLineIndex', 'hungUp', candidate, from, '\r\n'],
  ],
  seeds: () =>
    jsonSeeds(
      { t: 'peer', peer: from },
      { t: 'peer' },
      { t: 'description', from, to, type: 'offer', sdp: 'v=0\r\n' },
      { t: 'candidates', from, to, candidates: [{ candidate, sdpMid: '0', sdpMLineIndex: 0 }] },
      {
        t: 'candidates',
        from,
        to,
        candidates: [{ candidate: '', sdpMid: null, sdpMLineIndex: null }],
      },
      { t: 'media', audio: true, video: false, screen: false },
      { t: 'end', reason: 'hungUp' },
    ),
  fuzz(input) {
    const json = parseJson(input);
    const frame = readOr(['PROTOCOL'], () => readSignalFrame(json?.value))?.value;
    if (frame === undefined) return false;
    check(frame);
    demandEqual(readSignalFrame(frame), frame, 'read again it is another');
    return true;
  },
};

function check(frame: SignalFrame): void {
  switch (frame.t) {
    case 'peer':
      demand(frame.peer === undefined || isPeer(frame.peer), 'a peer that is none');
      return;
    case 'description':
      demand(isPeer(frame.from) && isPeer(frame.to), 'a peer that is none');
      demand(['offer', 'answer'].includes(frame.type), 'a description of something else');
      demand(frame.sdp.length > 0 && frame.sdp.length <= 40_000, 'a description beyond its limit');
      return;
    case 'candidates':
      demand(isPeer(frame.from) && isPeer(frame.to), 'a peer that is none');
      demand(frame.candidates.length > 0 && frame.candidates.length <= 32, 'too many candidates');
      for (const { candidate: line, sdpMid, sdpMLineIndex } of frame.candidates) {
        demand(line.length <= 1000 && !/[^ -~]/.test(line), 'a candidate that is none');
        demand(line === '' || line.startsWith('candidate:'), 'a candidate that is none');
        demand(sdpMid === null || (sdpMid.length <= 64 && !/[^!-~]/.test(sdpMid)), 'no mid');
        demand(sdpMLineIndex === null || isIndex(sdpMLineIndex), 'no index');
      }
      return;
    case 'media': {
      const { audio, video, screen } = frame;
      demand(
        [audio, video, screen].every((is) => typeof is === 'boolean'),
        'neither yes nor no',
      );
      return;
    }
    case 'end':
      demand(/^(?:hungUp|failed|idle|replaced|stopped)$/.test(frame.reason), 'no reason');
  }
}

function isPeer(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

function isIndex(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number <= 256;
}
