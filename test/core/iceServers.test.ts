import assert from 'node:assert/strict';
import { checkConfig, type EngineConfig } from '../../src/core/engineConfig';
import { toBeelineError } from '../../src/core/errors';
import { DEFAULT_ICE_SERVERS, iceServersOf } from '../../src/core/iceServers';

const base: EngineConfig = {
  atsUrl: 'http://127.0.0.1:1',
  actorId: 'me',
  actorName: 'me',
  actorType: 'agent',
  channel: 'p2p-transfer',
  saveDirectory: '/saved',
  timeoutMs: 1000,
};

/** If this fails, a mistake in a setting surfaces as a call that never connects. */
describe('ICE servers in the configuration', () => {
  const check = (iceServers: unknown): void => {
    checkConfig({ ...base, iceServers } as EngineConfig);
  };
  const sentence = (iceServers: unknown): string => {
    try {
      check(iceServers);
    } catch (thrown) {
      const { code, message } = toBeelineError(thrown);
      assert.equal(code, 'CONFIG_INVALID');
      assert.match(message, /\.$/);
      return message;
    }
    return assert.fail(`${JSON.stringify(iceServers)} was taken`);
  };

  it('takes the addresses that a peer connection takes', () => {
    for (const url of [
      'stun:example.org',
      'stun:example.org:3478',
      'stuns:10.0.0.1:5349',
      'stun:[2001:db8::1]:3478',
    ]) {
      check([{ urls: [url] }]);
    }
    for (const url of ['turn:t.example:3478?transport=udp', 'turns:t.example:443?transport=tcp']) {
      check([{ urls: [url], username: 'u', credential: 'p' }]);
    }
    check([]);
    check(DEFAULT_ICE_SERVERS);
  });

  it('refuses what a peer connection would throw at, and names it', () => {
    for (const url of [
      '',
      'http://example.org',
      'stun://example.org',
      'stun:',
      'stun:example.org:0',
      'stun:example.org:65536',
      'stun:example.org?transport=udp',
      'stun:user@example.org',
      'turn:example.org?transport=sctp',
      'turn:example.org/path',
      'javascript:alert(1)',
      ' stun:example.org',
      'stun:example.org\n',
    ]) {
      const said = sentence([{ urls: [url], username: 'u', credential: 'p' }]);
      assert.match(said, /stun:HOST:PORT/, url);
    }
  });

  it('asks for the credentials of TURN, and repeats no password', () => {
    assert.match(sentence([{ urls: ['turn:t.example'] }]), /turn:t\.example.*username/);
    sentence([{ urls: ['turn:t.example'], username: 'u' }]);
    sentence([{ urls: ['turn:t.example'], username: 'u', credential: '' }]);
    assert.doesNotMatch(sentence([{ urls: ['turn:u:hunter2@t.example'] }]), /hunter2/);
    assert.doesNotMatch(
      sentence([{ urls: ['stun:t.example'], credential: 'hunter2'.repeat(100) }]),
      /hunter2/,
    );
  });

  it('refuses other shapes, and more addresses than sixteen', () => {
    for (const shape of [
      {},
      'stun:example.org',
      [null],
      [{}],
      [{ urls: 'stun:a' }],
      [{ urls: [] }],
    ]) {
      sentence(shape);
    }
    const urls = Array.from({ length: 16 }, (_, index) => `stun:s${String(index)}.example`);
    check([{ urls }]);
    assert.match(sentence([{ urls }, { urls: ['stun:one.more'] }]), /At most 16/);
  });

  it('has public ones when nothing is said, and none when none are wanted', () => {
    assert.equal(iceServersOf({}), DEFAULT_ICE_SERVERS);
    assert.deepEqual(iceServersOf({ iceServers: [] }), []);
  });
});
