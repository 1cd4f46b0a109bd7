import assert from 'node:assert/strict';
import { rtcServersOf } from '../../src/nodepeer/rtcServers';

describe('ICE servers of a terminal', () => {
  it('are given with credentials apart from the address, whatever signs these have', () => {
    const username = 'u:s@r';
    const credential = 'p@ss:w?rd';
    const urls = ['turn:[2001:db8::1]:3479', 'turn:t.example?transport=tcp', 'turns:t.example'];
    const common = { username, password: credential };
    assert.deepEqual(rtcServersOf([{ urls, username, credential }]), [
      { hostname: '2001:db8::1', port: 3479, ...common, relayType: 'TurnUdp' },
      { hostname: 't.example', port: 3478, ...common, relayType: 'TurnTcp' },
      { hostname: 't.example', port: 5349, ...common, relayType: 'TurnTls' },
    ]);
  });

  it('are left out one by one when the library does not know them', () => {
    const urls = ['stuns:s.example', 'http://s.example', 'stun:a.example', 'stun:b.example:19302'];
    assert.deepEqual(rtcServersOf([{ urls }]), ['stun:a.example:3478', 'stun:b.example:19302']);
    assert.deepEqual(rtcServersOf([]), []);
  });
});
