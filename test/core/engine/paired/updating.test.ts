import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { online, pairUp } from '../../../support/pairUp';
import { linesOf, makeTree } from '../../../support/treeOnDisk';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** If this fails, sending again moves too much, touches what a person changed, or asks for nothing. */
describe('a folder that was sent before', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const paired = async (): Promise<[Agent, Agent]> => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    return [alice, bob];
  };
  const database = randomBytes(8_000_000);
  const project = (): Promise<string> =>
    makeTree(engines.path('out', 'project'), {
      'a.txt': 'a',
      'b.txt': 'b',
      'c.txt': 'c',
      'database.bin': database,
      'src/x.ts': 'x',
    });
  const saved = (bob: Agent, ...names: string[]): string =>
    path.join(bob.config.saveDirectory, ...names);
  const text = (...parts: Parameters<typeof saved>): Promise<string> =>
    readFile(saved(...parts), 'utf8');
  const sendOnce = async (alice: Agent, bob: Agent, folder: string): Promise<void> => {
    const id = await alice.send(folder, bob);
    await bob.accept(id);
    await Promise.all([alice.completed(id), bob.completed(id)]);
  };

  it('is brought up to date by one transfer at a time, and the other says what it waits for', async () => {
    const [alice, bob] = await paired();
    const folder = await project();
    await sendOnce(alice, bob, folder);
    await writeFile(path.join(folder, 'database.bin'), randomBytes(96_000_000));
    const ids = [await alice.send(folder, bob), await alice.send(folder, bob)];
    for (const id of ids) await bob.accept(id, { update: true });
    const [first = '', second = ''] = ids;
    const { error, resumes } = await bob.state(second, 'interrupted');
    assert.deepEqual([error.code, resumes], ['TARGET_BUSY', 'agent']);
    assert.notEqual(bob.transfer(first)?.state.kind, 'completed', 'the first is still under way');
    for (const id of ids) await Promise.all([alice.completed(id), bob.completed(id)]);
    assert.deepEqual(await linesOf(saved(bob, 'project')), await linesOf(folder));
    assert.deepEqual(await engines.saved(bob), ['project']);
  });

  it('comes as a new one unless the person says otherwise, and what did not change stays at home', async () => {
    const [alice, bob] = await paired();
    const folder = await project();
    await sendOnce(alice, bob, folder);
    const changed = Buffer.from(database);
    randomBytes(4096).copy(changed, 2_000_000);
    await writeFile(path.join(folder, 'database.bin'), changed);
    const id = await alice.send(folder, bob);
    assert.equal((await bob.asked(id)).updates, saved(bob, 'project'));
    await bob.accept(id);
    const [sent, received] = await Promise.all([alice.completed(id), bob.completed(id)]);
    assert.equal(received.path, saved(bob, 'project (1)'));
    assert.deepEqual(await linesOf(received.path), await linesOf(folder));
    const travelled = sent.bytes - (sent.spared ?? 0);
    assert.ok(travelled <= 200_000, `${String(travelled)} bytes travelled`);
    assert.equal(received.spared, sent.spared);
    const first = await readFile(saved(bob, 'project', 'database.bin'));
    assert.ok(first.equals(database), 'the earlier one is as it was');
  });

  it('is brought up to date where it lies, also after a restart, and what was changed there stays', async () => {
    const [alice, first] = await paired();
    const folder = await project();
    await sendOnce(alice, first, folder);
    await engines.stop(first);
    const bob = await engines.start('bob', { home: first.home });
    await Promise.all([online(bob, 'alice'), online(alice, 'bob')]);
    await writeFile(path.join(folder, 'a.txt'), 'a, newer');
    await writeFile(path.join(folder, 'b.txt'), 'b, newer');
    await rm(path.join(folder, 'c.txt'));
    await writeFile(path.join(folder, 'd.txt'), 'd');
    await writeFile(saved(bob, 'project', 'b.txt'), 'mine');
    await writeFile(saved(bob, 'project', 'own.txt'), 'my own');
    const id = await alice.send(folder, bob);
    await bob.accept(id, { update: true });
    const received = await bob.completed(id);
    await alice.completed(id);
    assert.equal(received.path, saved(bob, 'project'));
    assert.deepEqual(await engines.saved(bob), ['project']);
    assert.deepEqual(received.conflicts?.length, 1, JSON.stringify(received));
    assert.ok((received.spared ?? 0) >= database.length);
    assert.equal(await text(bob, 'project', 'a.txt'), 'a, newer');
    assert.equal(await text(bob, 'project', 'b.txt'), 'mine', 'a person’s change is not lost');
    assert.equal(await text(bob, 'project', 'b (1).txt'), 'b, newer');
    assert.equal(await text(bob, 'project', 'c.txt'), 'c', 'nothing is removed without a grant');
    assert.equal(await text(bob, 'project', 'd.txt'), 'd');
    assert.equal(await text(bob, 'project', 'own.txt'), 'my own');
  });

  it('is found again by its own name when it came beside others, and only it is changed then', async () => {
    const [alice, bob] = await paired();
    const folder = await project();
    const about = await makeTree(engines.path('out', 'about'), { 'a.txt': 'about' });
    const both = await alice.send([about, folder], bob);
    await bob.accept(both);
    await Promise.all([alice.completed(both), bob.completed(both)]);
    assert.deepEqual(await engines.saved(bob), ['about', 'project']);
    const copy = await alice.send(folder, bob);
    assert.equal((await bob.asked(copy)).updates, saved(bob, 'project'));
    await bob.accept(copy);
    assert.ok(((await alice.completed(copy)).spared ?? 0) >= database.length);
    await rm(saved(bob, 'project (1)'), { recursive: true });
    await writeFile(path.join(about, 'a.txt'), 'about, newer');
    await writeFile(path.join(folder, 'a.txt'), 'a, newer');
    for (const [name, root] of Object.entries({ project: folder, about })) {
      const id = await alice.send(root, bob);
      await bob.accept(id, { update: true });
      const received = await bob.completed(id);
      await alice.completed(id);
      assert.equal(received.path, saved(bob, name));
      assert.equal(received.conflicts, undefined);
    }
    assert.equal(await text(bob, 'project', 'a.txt'), 'a, newer');
    assert.equal(await text(bob, 'about', 'a.txt'), 'about, newer');
    assert.deepEqual(await engines.saved(bob), ['about', 'project']);
  });

  it('is offered as an update only while it is there, and only from who sent it', async () => {
    const [alice, bob] = await paired();
    const carol = await engines.start('carol');
    await pairUp(carol, bob);
    const folder = await project();
    await sendOnce(alice, bob, folder);
    const hers = await carol.send(folder, bob);
    assert.equal((await bob.asked(hers)).updates, undefined);
    await assert.rejects(bob.accept(hers, { update: true }), { code: 'CONFIG_INVALID' });
    await bob.accept(hers);
    const received = await bob.completed(hers);
    assert.deepEqual([received.spared, received.path], [undefined, saved(bob, 'project (1)')]);
    await rm(saved(bob, 'project'), { recursive: true });
    const again = await alice.send(folder, bob);
    assert.equal((await bob.asked(again)).updates, undefined);
    await bob.accept(again);
    assert.equal((await bob.completed(again)).spared, undefined, 'there is nothing to spare');
  });

  it('takes two updates one after the other', async () => {
    const [alice, bob] = await paired();
    const folder = await project();
    await sendOnce(alice, bob, folder);
    const ids: string[] = [];
    for (const turn of ['one', 'two']) {
      await writeFile(path.join(folder, 'a.txt'), turn);
      await writeFile(path.join(folder, 'database.bin'), randomBytes(20_000_000));
      ids.push(await alice.send(folder, bob));
    }
    for (const id of ids) await bob.asked(id);
    await Promise.all(ids.map((id) => bob.accept(id, { update: true })));
    for (const id of ids) {
      assert.equal((await bob.completed(id)).path, saved(bob, 'project'));
      await alice.completed(id);
    }
    assert.deepEqual(await linesOf(saved(bob, 'project')), await linesOf(folder));
    assert.deepEqual(await engines.saved(bob), ['project']);
  });

  it('is kept in step once it is granted, removes nothing of the person’s, and no more when that is taken back', async () => {
    const [alice, bob] = await paired();
    const folder = await project();
    const round = async (wants: boolean, decide: { mayDelete?: boolean } = {}) => {
      const id = await alice.send(folder, bob, { sync: { delete: wants } });
      const offer = await bob.asked(id);
      await bob.accept(id, decide);
      const [, received] = await Promise.all([alice.completed(id), bob.completed(id)]);
      assert.equal(bob.transfer(id)?.sync, true);
      return { offer, received };
    };
    const first = await round(true);
    assert.deepEqual([first.offer.sync?.granted, first.offer.sync?.delete], [false, true]);
    const [grant] = (await bob.engine.snapshot()).grants;
    assert.deepEqual(
      [grant?.path, grant?.mayDelete, grant?.agent.name, grant?.name],
      [saved(bob, 'project'), false, 'alice', 'project'],
    );
    assert.ok(bob.events.some((event) => event.type === 'grants' && event.grants.length === 1));

    await rm(path.join(folder, 'c.txt'));
    await writeFile(path.join(folder, 'a.txt'), 'second');
    const second = await round(true);
    assert.deepEqual(
      [second.offer.sync?.granted, second.offer.sync?.path, second.offer.sync?.grantId],
      [true, saved(bob, 'project'), grant?.grantId],
    );
    assert.equal(second.received.path, saved(bob, 'project'), 'in its place, without asking where');
    assert.deepEqual([second.received.deleted, second.received.undeleted], [undefined, 1]);
    assert.equal(await text(bob, 'project', 'c.txt'), 'c', 'removing was not granted');

    await rm(path.join(folder, 'b.txt'));
    await rm(path.join(folder, 'src'), { recursive: true });
    await appendFile(saved(bob, 'project', 'b.txt'), ' and mine');
    const third = await round(true, { mayDelete: true });
    assert.equal(third.received.deleted, 2, JSON.stringify(third.received));
    assert.equal(await text(bob, 'project', 'b.txt'), 'b and mine', 'what was changed stays');
    await assert.rejects(text(bob, 'project', 'c.txt'), { code: 'ENOENT' });
    assert.equal((await bob.engine.snapshot()).grants[0]?.mayDelete, true);

    // Without the sender's wish nothing is removed either.
    await rm(path.join(folder, 'a.txt'));
    const fourth = await round(false);
    assert.equal(fourth.received.deleted, undefined);
    assert.equal(await text(bob, 'project', 'a.txt'), 'second');

    const waiting = await alice.send(folder, bob, { sync: { delete: true } });
    assert.equal((await bob.asked(waiting)).sync?.granted, true);
    await bob.engine.revokeGrant(grant?.grantId ?? '');
    const { grants, offers } = await bob.engine.snapshot();
    assert.deepEqual(grants, []);
    const [asked] = offers.filter(({ transferId }) => transferId === waiting);
    assert.deepEqual([asked?.sync?.granted, asked?.sync?.path], [false, undefined]);
    const id = await alice.send(folder, bob, { sync: { delete: true } });
    assert.equal((await bob.asked(id)).sync?.granted, false);
  });

  it('is another folder for another agent, and nothing is left of one that is removed', async () => {
    const [alice, bob] = await paired();
    const carol = await engines.start('carol');
    await pairUp(carol, bob);
    const folder = await project();
    for (const from of [alice, carol]) {
      const id = await from.send(folder, bob, { sync: { delete: false } });
      assert.equal((await bob.asked(id)).sync?.granted, false);
      await bob.accept(id);
      await Promise.all([from.completed(id), bob.completed(id)]);
    }
    const { grants } = await bob.engine.snapshot();
    assert.deepEqual(
      grants.map((grant) => path.basename(grant.path)),
      ['project', 'project (1)'],
    );
    assert.notEqual(grants[0]?.grantId, grants[1]?.grantId, 'an id names one pair’s folder');
    const { kid } = await online(bob, 'alice');
    await bob.engine.removeAgent(kid);
    const left = (await bob.engine.snapshot()).grants;
    assert.deepEqual(
      left.map(({ agent }) => agent.name),
      ['carol'],
    );
    assert.equal((await bob.home.readAll('grants')).length, 1);
    assert.equal((await bob.home.readAll('received')).length, 1);
    assert.equal(await text(bob, 'project', 'a.txt'), 'a', 'the files are the person’s');
  });
});
