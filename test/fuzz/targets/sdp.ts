import { checkSdp } from '../../../src/core/session/sdp';
import { demand, readOr } from '../properties';
import type { FuzzTarget } from '../target';

const digits = Array<string>(32).fill('Ab').join(':');
const fingerprint = `a=fingerprint:sha-256 ${digits}`;
const other = fingerprint.replace('Ab', 'Ac');

export const target: FuzzTarget = {
  covers: ['src/core/session/sdp.ts'],
  kind: 'text',
  dictionary: [
    ...[fingerprint, other, 'a=fingerprint:sha-1 ', 'm=audio 9 X 1', 'm=video 0 X 1', 'm='],
    ...['\r\n', '\n', '\r', '\u2028', '\t', ' '],
  ],
  seeds: () =>
    [
      ['v=0', fingerprint, 'm=audio 9 X 1', 'm=video 9 X 1'],
      ['v=0', 'm=audio 9 X 1', fingerprint, 'm=video 0 X 1', 'm=application 9 X 1', fingerprint],
      ['v=0', fingerprint.toLowerCase(), 'm=audio 9 X 1', fingerprint],
    ].map((lines) => Buffer.from(`${lines.join('\r\n')}\r\n`)),
  fuzz(input) {
    const sdp = input.toString('utf8');
    const found = readOr(['PROTOCOL'], () => checkSdp(sdp))?.value;
    if (found === undefined) return false;
    demand(/^[0-9a-f]{64}$/.test(found), 'a fingerprint that is none');
    demand(sdp.length <= 40_000 && !/[^\t\r\n -~]/.test(sdp), 'characters that it cannot have');
    for (const line of sdp.split(/[\r\n]+/).filter((text) => /^a=fingerprint/i.test(text))) {
      const isIt = line.replaceAll(':', '').toLowerCase().endsWith(` ${found}`);
      demand(isIt && /:sha-256 /i.test(line), 'another one beside it');
    }
    const another = checkAlso(`${sdp}\r\na=fingerprint:sha-256 ${otherThan(found)}\r\n`);
    demand(another === undefined, 'two fingerprints are one too many');
    const bare = checkAlso(sdp.replace(/a=fingerprint/gi, 'b=fingerprint'));
    demand(bare === undefined, 'none is too few');
    return true;
  },
};

function checkAlso(sdp: string): string | undefined {
  return readOr(['PROTOCOL'], () => checkSdp(sdp))?.value;
}

function otherThan(found: string): string {
  const changed = (found.startsWith('0') ? '1' : '0') + found.slice(1);
  return (changed.match(/../g) ?? []).join(':');
}
