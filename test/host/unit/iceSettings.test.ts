import assert from 'node:assert/strict';
import { checkIceServers } from '../../../src/core/iceServers';
import { iceServers, turnServerKey, turnServers } from '../../../src/host/iceSettings';

const turn = { urls: ['turn:turn.example.org:3478', 'turns:turn.example.org'], username: 'ada' };
const password = (of: string) => (server: Parameters<typeof turnServerKey>[0]) =>
  turnServerKey(server) === of ? 'secret' : undefined;

describe('STUN and TURN servers in the settings', () => {
  it('are the defaults when nothing is said, and none when an empty list is', () => {
    assert.equal(iceServers(null, () => undefined).servers, undefined);
    assert.deepEqual(iceServers([], () => undefined).servers, []);
  });

  it('get the password that is kept for that server and user, and no other', () => {
    const { servers } = iceServers([turn], password('ada@turn.example.org:3478'));
    assert.deepEqual(servers, [{ ...turn, credential: 'secret' }]);
    checkIceServers(servers);
    for (const wrong of [
      'bob@turn.example.org:3478',
      'ada@turn.example.org',
      'ada@evil.example:3478',
    ]) {
      const { servers: none, withoutPassword } = iceServers([turn], password(wrong));
      assert.deepEqual(none, []);
      assert.deepEqual(withoutPassword, [{ host: 'turn.example.org:3478', username: 'ada' }]);
    }
  });

  it('that are not written right are refused with the name of the setting', () => {
    for (const raw of [
      ...['x', 7, {}, [7], [{}], [{ urls: 7 }]],
      // A password in a settings file would be synchronised, backed up and shared.
      [{ ...turn, credential: 'secret' }],
      [{ urls: ['turn:turn.example.org'] }],
    ]) {
      assert.throws(
        () => iceServers(raw, () => 'secret'),
        (error: Error) =>
          error.message.includes('beeline.iceServers') && !error.message.includes('secret'),
        JSON.stringify(raw),
      );
    }
  });

  it('can be asked for passwords of those of TURN alone, also while others are wrong', () => {
    const stun = { urls: 'stun:stun.example.org' };
    assert.deepEqual(turnServers([stun, turn, { urls: 'turn:x' }]), [
      { host: 'turn.example.org:3478', username: 'ada' },
    ]);
    assert.deepEqual(turnServers('x'), []);
  });
});
