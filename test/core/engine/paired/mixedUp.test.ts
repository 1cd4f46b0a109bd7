import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createAtsClient } from '../../../../src/core/ats/client';
import type { AtsClient } from '../../../../src/core/ats/types';
import { openFileHome } from '../../../../src/core/home/fileHome';
import { openOffer } from '../../../support/offerByHand';
import { online, pairUp, presence } from '../../../support/pairUp';
import { withEngines, type Agent, type AgentOptions } from '../../../support/withEngines';
import { withHub, type RunningHub } from '../../../support/withHub';

/** If this fails, one thing is taken for another: a task, an id, a stranger for a paired agent. */
describe('paired agents', function () {
  this.timeout(120_000);
  const hub = withHub();
  const other = withHub();
  const engines = withEngines(hub);
  const paired = async (options: AgentOptions = {}): Promise<[Agent, Agent]> => {
    const [alice, bob] = await Promise.all([engines.start('alice', options), engines.start('bob')]);
    await pairUp(alice, bob);
    return [alice, bob];
  };

  it('leave the tasks of another service alone, whatever their numbers', async () => {
    const [alice, bob] = await paired();
    await engines.stop(bob);
    await presence(alice, 'bob', 'offline');
    await fill(at(hub, 'carol'), await fill(at(other, 'carol')));
    const id = await alice.send(await engines.file('moved', 'moved'), 'bob');
    const taskId = await alice.until('the task', () => alice.transfer(id)?.taskId);
    await engines.stop(alice);
    const elsewhere = at(other, 'carol');
    await fill(elsewhere, taskId);
    const again = await engines.start('alice', { home: alice.home, atsUrl: other.url });
    const posted = await again.until('another task', () => {
      const now = again.transfer(id)?.taskId;
      return now !== undefined && now !== taskId && now;
    });
    await again.engine.cancel(id);
    await again.failed(id, 'CANCELLED');
    assert.equal((await elsewhere.getTask(taskId)).status, 'pending', 'not ours');
    assert.equal((await elsewhere.getTask(posted)).status, 'cancelled', 'ours');
  });

  it('answer over the link alone what was asked at a service that they left', async () => {
    const [alice, bob] = await paired();
    await fill(at(hub, 'carol'), await fill(at(other, 'carol')));
    const id = await alice.send(await engines.file('asked', 'asked'), bob);
    const taskId = await alice.until('the task', () => alice.transfer(id)?.taskId);
    await bob.asked(id);
    // The news of the task reached bob before those of the next.
    const marker = await engines.client('mallory').createTask(openOffer('5'.repeat(32)));
    await bob.asked(String(marker.payload['transfer_id']));
    await bob.engine.configure({ ...bob.config, atsUrl: other.url, bootstrap: hub.bootstrap });
    const elsewhere = at(other, 'carol');
    await fill(elsewhere, taskId);
    await online(bob, 'alice');
    await bob.engine.answer(id, { kind: 'decline', reason: 'moved' });
    await alice.failed(id, 'DECLINED', /moved/);
    const mine = await at(other, 'bob').createTask({
      title: 'later',
      type: 'other',
      channel: 'x',
      payload: {},
    });
    assert.ok(mine.id > taskId);
    assert.equal((await elsewhere.getTask(taskId)).status, 'pending', "somebody else's");
  });

  it('write the record of a service that is there while one that they left is not', async () => {
    const [alice, bob] = await paired();
    const asked = await alice.send(await engines.file('asked', 'asked'), bob);
    await bob.asked(asked);
    await alice.until('the task', () => alice.transfer(asked)?.taskId);
    await bob.asked(await marker(engines.client('mallory')));
    await hub.stop();
    try {
      await bob.engine.answer(asked, { kind: 'decline' });
      await alice.failed(asked, 'DECLINED');
      await bob.engine.configure({ ...bob.config, atsUrl: other.url });
      const carol = await engines.start('carol', { atsUrl: other.url });
      await pairUp(carol, bob);
      const id = await carol.send(await engines.file('next', 'next'), bob);
      await bob.asked(id);
      const next = await carol.until('its task', () => carol.transfer(id)?.taskId);
      await bob.asked(await marker(at(other, 'mallory')));
      await bob.engine.answer(id, { kind: 'decline' });
      await carol.failed(id, 'DECLINED');
      let status = 'pending';
      // Were it not for bob's words, carol would withdraw it a moment later.
      for (let tries = 0; tries < 100 && status === 'pending'; tries++) {
        await delay(50);
        status = (await at(other, 'carol').getTask(next)).status;
      }
      assert.equal(status, 'rejected');
    } finally {
      await hub.start();
    }
  });

  it('are not mixed up with an open offer that bears the id of theirs', async () => {
    const [alice, bob] = await paired();
    const id = await alice.send(await engines.file('mine', 'mine'), bob);
    await bob.asked(id);
    const mallory = engines.client('mallory');
    const forged = await mallory.createTask(openOffer(id));
    const marker = randomBytes(16).toString('hex');
    await mallory.createTask(openOffer(marker));
    await bob.asked(marker);
    const told = bob.events.filter((e) => e.type === 'offer' && e.offer.transferId === id);
    assert.deepEqual(
      told.map((e) => e.type === 'offer' && e.offer.trust),
      ['verified'],
    );
    await mallory.cancel(forged.id);
    const second = await mallory.createTask(openOffer(randomBytes(16).toString('hex')));
    await bob.asked(String(second.payload['transfer_id']));
    assert.deepEqual(bob.closings(id), []);
    await bob.accept(id);
    await bob.completed(id);
  });

  it('take the place of an open offer that bore the id of theirs before them', async () => {
    const [alice, bob] = await paired();
    const id = randomBytes(16).toString('hex');
    const mallory = engines.client('mallory');
    const forged = await mallory.createTask(openOffer(id));
    await bob.asked(id);
    await alice.engine.offer({
      transferId: id,
      paths: [await engines.file('real', 'real')],
      recipientId: 'bob',
    });
    await bob.until('the verified one', () =>
      bob.events.some(
        (e) => e.type === 'offer' && e.offer.transferId === id && e.offer.trust === 'verified',
      ),
    );
    const { offers } = await bob.engine.snapshot();
    assert.deepEqual(
      offers.filter(({ transferId }) => transferId === id).map(({ trust }) => trust),
      ['verified'],
    );
    const before = bob.closings(id).length;
    await mallory.cancel(forged.id);
    const marker = randomBytes(16).toString('hex');
    await mallory.createTask(openOffer(marker));
    await bob.asked(marker);
    assert.equal(bob.closings(id).length, before, 'its end closes no question of ours');
    await bob.engine.answer(id, { kind: 'accept' });
    await bob.completed(id);
  });

  it('are not sent to in the open when our identity cannot be used', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-exposed-'));
    try {
      const [alice] = await paired({ home: await openFileHome(folder) });
      await engines.stop(alice);
      await chmod(path.join(folder, 'identity.json'), 0o644);
      const again = await engines.start('alice', { home: await openFileHome(folder) });
      const file = await engines.file('private', 'private');
      await assert.rejects(again.send(file, 'bob'), { code: 'IDENTITY_EXPOSED' });
      const open = await again.send(file, 'stranger');
      await again.state(open, 'waiting');
      const claims = randomBytes(16).toString('hex');
      await engines.client('bob').createTask(openOffer(claims, 'bob', 'alice'));
      assert.equal((await again.asked(claims)).trust, 'claims');
      await engines.stop(again);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('hear of a damaged book although nobody listened when it was found', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-damaged-'));
    try {
      const [alice] = await paired({ home: await openFileHome(folder) });
      await engines.stop(alice);
      await writeFile(path.join(folder, 'book.json'), '{');
      const again = await engines.start('alice', { home: await openFileHome(folder) });
      await again.until('the notice', () =>
        again.events.some((e) => e.type === 'notice' && e.error.code === 'BOOK_DAMAGED'),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

function at(hub: RunningHub, id: string): AtsClient {
  return createAtsClient({ url: hub.url, actor: { type: 'agent', id, name: id } });
}

/** The news of what was posted before reached bob when he is asked about this one. */
async function marker(client: AtsClient): Promise<string> {
  const id = randomBytes(16).toString('hex');
  await client.createTask(openOffer(id));
  return id;
}

/** Creates tasks until one has this number, at least one. */
async function fill(client: AtsClient, number = 0): Promise<number> {
  for (;;) {
    const strange = { title: 'x', type: 'other', channel: 'x', payload: {} };
    const { id } = await client.createTask(strange);
    if (id >= number) return id;
  }
}
