import assert from 'node:assert/strict';
import { checkSdp } from '../../../src/core/session/sdp';
import { MAX_SDP_LENGTH } from '../../../src/core/wire/signalFrames';

const hex = (byte: string): string => Array<string>(32).fill(byte).join(':');
const fingerprint = `a=fingerprint:sha-256 ${hex('AB')}`;
const other = `a=fingerprint:sha-256 ${hex('CD')}`;
const expected = 'ab'.repeat(32);

/** As Chromium writes them: a fingerprint in each section. */
const head = ['v=0', 'o=- 4611 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0 1 2'];
const audio = ['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'c=IN IP4 0.0.0.0', 'a=mid:0'];
const video = ['m=video 9 UDP/TLS/RTP/SAVPF 96', 'c=IN IP4 0.0.0.0', 'a=mid:1'];
const channel = ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'a=mid:2', 'a=sctp-port:5000'];

const sdp = (...lines: readonly (string | readonly string[])[]): string =>
  `${lines.flat().join('\r\n')}\r\n`;

const refused = (text: string): void => {
  assert.throws(() => checkSdp(text), { code: 'PROTOCOL' }, JSON.stringify(text.slice(0, 600)));
};

describe('a description of a connection', () => {
  it('is taken with one fingerprint, wherever it stands and however it is spelled', () => {
    const taken = [
      sdp(head, audio, fingerprint, video, fingerprint, channel, fingerprint),
      sdp(head, fingerprint, audio, video, channel),
      sdp(head, fingerprint, audio, fingerprint, video),
      sdp(head, audio, fingerprint, video, fingerprint.toLowerCase()),
      sdp(head, audio, `a=fingerprint:SHA-256 ${hex('aB')}`),
      sdp(head, fingerprint),
      sdp(head, channel, fingerprint).replaceAll('\r\n', '\n'),
      sdp(head, channel, fingerprint).trimEnd(),
    ];
    for (const text of taken) assert.equal(checkSdp(text), expected);
  });

  it('needs none in a section that was rejected, and in no other', () => {
    const rejected = ['m=video 0 UDP/TLS/RTP/SAVPF 96', 'a=mid:1', 'a=inactive'];
    assert.equal(checkSdp(sdp(head, audio, fingerprint, rejected)), expected);
    refused(sdp(head, rejected));
    refused(sdp(head, audio, fingerprint, video));
    refused(sdp(head, audio, video, fingerprint));
    for (const port of ['00', '01', '0x0', '-0', ' 0', '9', '65535', '']) {
      refused(sdp(head, audio, fingerprint, `m=video ${port} UDP/TLS/RTP/SAVPF 96`));
    }
  });

  it('is refused with none, two, or a weaker one, at either level', () => {
    refused('');
    refused(sdp(head, audio, video, channel));
    refused(sdp(head, fingerprint, other, audio));
    refused(sdp(head, fingerprint, audio, other));
    refused(sdp(head, audio, fingerprint, other));
    refused(sdp(head, audio, fingerprint, video, other));
    for (const bit of ['01', '80']) {
      refused(sdp(head, audio, fingerprint, video, fingerprint.replace(/AB$/, bit)));
    }
    const weak = [
      `a=fingerprint:sha-1 ${hex('AB').slice(0, 59)}`,
      `a=fingerprint:sha-512 ${hex('AB')}:${hex('AB')}`,
      `a=fingerprint:md5 ${hex('AB').slice(0, 47)}`,
      `a=fingerprint:sha-256 ${hex('AB')}:AB`,
      `a=fingerprint:sha-256 ${hex('AB').slice(3)}`,
      `a=fingerprint:sha-256 ${hex('AB').replaceAll(':', '')}`,
      `a=fingerprint:sha-256 ${hex('AG')}`,
      'a=fingerprint:sha-256 ',
      'a=fingerprint:',
      'a=fingerprint',
    ];
    for (const line of weak) {
      refused(sdp(head, line, audio));
      // Beside a right one, too: which of the two a peer connection takes is not ours to know.
      refused(sdp(head, audio, fingerprint, line));
    }
  });

  it('is refused with a line that only some readers take for a fingerprint', () => {
    const digits = `sha-256 ${hex('CD')}`;
    const lines = [
      ` a=fingerprint:${digits}`,
      `\ta=fingerprint:${digits}`,
      `a =fingerprint:${digits}`,
      `a= fingerprint:${digits}`,
      `A=fingerprint:${digits}`,
      `a=Fingerprint:${digits}`,
      `a=fingerprint :${digits}`,
      `a=fingerprint: ${digits}`,
      `a=fingerprint:sha-256  ${hex('CD')}`,
      `a=fingerprint:${digits} `,
    ];
    for (const line of lines) refused(sdp(head, fingerprint, line, audio));
    // An end of line that only some see.
    for (const end of ['\r', '\v', '\f', '\u0085', '\u2028', '\u2029', '\0', '\r\r\n', '\n\r']) {
      refused(sdp(head, fingerprint, `s=x${end}${other}`, audio));
    }
  });

  it('is refused when a section is only one to some readers', () => {
    for (const line of [' m=video 9 X 96', 'M=video 9 X 96', 'm =video 9 X 96', 'm=']) {
      refused(sdp(head, audio, fingerprint, line));
    }
  });

  it('is refused with other characters, or too long, and soon', () => {
    for (const character of ['\0', '\u0007', '\u007f', 'ü', '漢', '\ufeff', '\ud800']) {
      refused(sdp(head, fingerprint, `a=x:${character}`));
    }
    const longest = sdp(head, fingerprint, `a=${'x'.repeat(MAX_SDP_LENGTH)}`);
    refused(longest);
    refused('\r\n'.repeat(10_000_000));
    const fits = sdp(head, fingerprint);
    const filled = `${fits}a=${'x'.repeat(MAX_SDP_LENGTH - fits.length - 2)}`;
    assert.equal(checkSdp(filled), expected);
    const begun = performance.now();
    for (const text of [
      `${filled}y`,
      '\r\n'.repeat(MAX_SDP_LENGTH / 2),
      ' '.repeat(MAX_SDP_LENGTH),
    ]) {
      refused(text);
      refused(`${text.slice(1)}\0`);
    }
    assert.ok(performance.now() - begun < 1000, 'time that grows faster than the text');
  });
});
