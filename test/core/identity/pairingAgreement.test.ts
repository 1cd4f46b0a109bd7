import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { codes, run, sides, talks, turns } from './pairingSides';

describe('the end of a pairing', () => {
  it('is heard when the other side declines, before or after our own word', async () => {
    for (const confirms of ['nobody', 'decliner', 'other'] as const) {
      const [one, other] = await talks();
      if (confirms === 'decliner') void one.confirm().catch(() => undefined);
      if (confirms === 'other') void other.confirm().catch(() => undefined);
      await turns();
      one.decline();
      assert.deepEqual(await codes(one.gone, one.confirm()), ['CANCELLED', 'CANCELLED']);
      await Promise.all([one.closed, other.closed]);
      const heard = await codes(other.gone, other.confirm());
      assert.deepEqual(heard, ['PAIRING_DECLINED', 'PAIRING_DECLINED'], confirms);
    }
  });

  it('needs both commits, and differs between the sides only when a last word is lost', async () => {
    // All that is sent after the cards: commit and paired, each way. Whatever is lost, with all that
    // follows, one side may be sure only when the other has both commits.
    for (const cutThere of [2, 3, 4]) {
      for (const cutBack of [2, 3, 4]) {
        mock.timers.enable({ apis: ['setTimeout'] });
        try {
          const until = (cut: number) => (message: Buffer, count: number) =>
            count < cut ? message : undefined;
          const [one, other] = await talks({ there: until(cutThere), back: until(cutBack) });
          const ends = codes(one.confirm(), other.confirm());
          await turns();
          mock.timers.tick(10_000);
          await turns();
          // Whoever still waits for a person hears that the other is gone.
          one.decline();
          other.decline();
          const [here, there] = await ends;
          const commits = cutThere > 2 && cutBack > 2;
          const what = `${cutThere}/${cutBack}: ${String(here)} ${String(there)}`;
          if (!commits) assert.ok(here !== 'ok' && there !== 'ok', what);
          else {
            // Only a lost last word leaves them different, and says PAIRING_LOST where it is missing.
            assert.equal(here, cutBack === 4 ? 'ok' : 'PAIRING_LOST', what);
            assert.equal(there, cutThere === 4 ? 'ok' : 'PAIRING_LOST', what);
          }
        } finally {
          mock.timers.reset();
        }
      }
    }
  });

  it('tells the one who waits when the other goes, and the one who confirms into the void', async () => {
    for (const first of ['waits', 'confirms later'] as const) {
      const [invitee, inviter] = sides();
      const [, other] = await Promise.all([run(invitee), run(inviter)]);
      const waiting = first === 'waits' ? other.confirm() : undefined;
      invitee.pipe.destroy();
      assert.deepEqual(await codes(waiting ?? other.gone), ['PAIRING_LOST']);
      assert.deepEqual(await codes(other.confirm(), other.gone), ['PAIRING_LOST', 'PAIRING_LOST']);
    }
  });

  it('lets the last word arrive although the caller closes everything at once', async () => {
    const [invitee, inviter] = sides();
    const [one, other] = await Promise.all([run(invitee), run(inviter)]);
    const last = other.confirm();
    await Promise.all([
      one.confirm().then(() => {
        invitee.pipe.destroy();
      }),
      last.then(() => {
        inviter.pipe.destroy();
      }),
    ]);
    await Promise.all([one.closed, other.closed]);
  });

  it('takes no word out of turn, and none twice', async () => {
    for (const words of [['paired'], ['commit', 'commit'], ['commit', 'paired'], ['yes'], ['']]) {
      const [invitee, inviter] = sides();
      const [, other] = await Promise.all([run(invitee), run(inviter)]);
      for (const word of words) invitee.pipe.send(Buffer.from(word));
      await turns();
      assert.deepEqual(await codes(other.gone, other.confirm()), ['PROTOCOL', 'PROTOCOL']);
    }
    const [invitee, inviter] = sides();
    const [, other] = await Promise.all([run(invitee), run(inviter)]);
    invitee.pipe.send(Buffer.alloc(9));
    assert.deepEqual(await codes(other.gone), ['PROTOCOL']);
  });

  it('is over once: confirming twice is one word, declining afterwards is none', async () => {
    const [invitee, inviter] = sides();
    const [one, other] = await Promise.all([run(invitee), run(inviter)]);
    void one.confirm();
    const ends = codes(one.confirm(), other.confirm(), other.confirm());
    assert.deepEqual(await ends, ['ok', 'ok', 'ok']);
    one.decline();
    assert.equal(invitee.pipe.sent.length, 4);
    const settled = await Promise.race([
      one.gone.catch(() => 'gone'),
      turns().then(() => 'still there'),
    ]);
    assert.equal(settled, 'still there', 'a talk that became a pairing is never gone');
  });
});
