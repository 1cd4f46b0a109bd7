import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { PairingDesk } from '../../../../src/core/engine/paired/pairingDesk';
import type { ServiceConnection } from '../../../../src/core/engine/serviceConnection';
import type { Pairing } from '../../../../src/core/events';
import { memoryHome } from '../../../../src/core/home/memoryHome';
import { openBook } from '../../../../src/core/identity/book';
import { newIdentity } from '../../../../src/core/identity/identity';
import { encodeInvite, newInviteSecret } from '../../../../src/core/identity/invite';

const MINUTE_MS = 60_000;

/** If this fails, an invite that somebody finds in an old message still opens the door. */
describe('the time of an invite', () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
  });
  afterEach(() => {
    mock.timers.reset();
  });

  /** A desk in a place without any network: nobody ever answers. */
  const deskOf = async (): Promise<{ desk: PairingDesk; told: Pairing[] }> => {
    const identity = newIdentity();
    const told: Pairing[] = [];
    const nowhere = {
      use: () => () => undefined,
      network: () => new Promise(() => undefined),
    };
    const desk = new PairingDesk({
      identity,
      book: await openBook(memoryHome()),
      card: () => {
        throw new Error('no card is shown to nobody');
      },
      hubUrl: () => 'http://127.0.0.1:9',
      connection: () => nowhere as unknown as ServiceConnection,
      emit: (pairing) => told.push(pairing),
      paired: () => {
        throw new Error('nobody was paired');
      },
      log: () => undefined,
    });
    return { desk, told };
  };

  it('is ten minutes, also when the clock on the wall is set back meanwhile', async () => {
    const { desk, told } = await deskOf();
    const { expiresAt } = desk.invite('one');
    const left = Date.parse(expiresAt) - Date.now();
    assert.ok(left > 9.9 * MINUTE_MS && left <= 10 * MINUTE_MS, String(left));
    mock.timers.tick(10 * MINUTE_MS - 1);
    assert.equal(told.at(-1)?.state.kind, 'waiting');
    assert.equal(desk.list().length, 1);
    mock.timers.tick(1);
    const { state } = told.at(-1) ?? {};
    assert.ok(state?.kind === 'failed');
    assert.equal(state.error.code, 'INVITE_EXPIRED');
    assert.deepEqual(desk.list(), []);
  });

  it('of somebody who uses one is a minute without any answer', async () => {
    const { desk, told } = await deskOf();
    desk.join('two', encodeInvite(newInviteSecret()));
    mock.timers.tick(MINUTE_MS - 1);
    assert.equal(told.at(-1)?.state.kind, 'waiting');
    mock.timers.tick(1);
    const { state } = told.at(-1) ?? {};
    assert.ok(state?.kind === 'failed');
    assert.equal(state.error.code, 'INVITE_EXPIRED');
    assert.match(state.error.message, /mistyped, used or expired/);
  });
});
