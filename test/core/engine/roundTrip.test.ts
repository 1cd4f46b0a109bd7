import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { withEngines } from '../../support/withEngines';
import { withHub } from '../../support/withHub';

describe('two engines over a hub', function () {
  this.timeout(30_000);
  const hub = withHub();
  const engines = withEngines(hub);

  it('bring a file over, and the task tells the whole story', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    const bytes = randomBytes(3_000_000);
    const id = await alice.send(await engines.file('report.pdf', bytes), bob);
    const offer = await bob.asked(id);
    assert.deepEqual(
      [offer.senderId, offer.fileName, offer.fileSize, offer.trust, offer.stranger, offer.held],
      ['alice', 'report.pdf', bytes.length, 'unverified', true, false],
    );
    await bob.accept(id);
    const [sent, received] = await Promise.all([alice.completed(id), bob.completed(id)]);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assert.deepEqual([sent.sha256, sent.audit, sent.peerKey], [sha256, 'confirmed', 'matched']);
    assert.equal(received.peerKey, 'matched');
    assert.ok((await readFile(received.path ?? '')).equals(bytes));
    await bob.until('the audit', () => {
      const state = bob.transfer(id)?.state;
      return state?.kind === 'completed' && state.result.audit === 'confirmed';
    });
    const task = await alice.task(id, 'completed');
    assert.equal(task.assigneeId, 'bob');
    assert.deepEqual(task.outputs, [
      { ...(task.outputs[0] as object), transfer_id: id, sha256, bytes: bytes.length },
    ]);
    assert.match(task.description ?? '', new RegExp(id));
    assert.doesNotMatch(task.said, /127\.0\.0\.1|saved-bob/, 'the thread names no place');
    assert.deepEqual(bob.closings(id), ['accepted']);
    assert.equal(alice.events.filter((event) => event.type === 'offer').length, 0);
    // A peer is no stranger any more after that.
    const again = await alice.send(await engines.file('two', '2'), bob);
    assert.equal((await bob.asked(again)).stranger, false);
  });

  it('carry names in every script and length, and a file without a byte', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    const names = [
      'пример.txt',
      '見積書 ２０２６.xlsx',
      'مستند.pdf',
      '🐝'.repeat(55) + '.txt',
      'e\u0301 combining',
      '.hidden',
      'n'.repeat(255),
      'empty',
      'a&b%c#d?e=f "quoted".txt',
    ];
    for (const name of names) {
      const bytes = name === 'empty' ? Buffer.alloc(0) : Buffer.from(name);
      const id = await alice.send(await engines.file(name, bytes), bob);
      await bob.accept(id);
      const [sent, received] = await Promise.all([alice.completed(id), bob.completed(id)]);
      assert.equal(sent.audit, 'confirmed', name);
      assert.ok((await readFile(received.path ?? '')).equals(bytes), name);
    }
    assert.equal((await engines.saved(bob)).length, names.length);
    const second = await alice.send(await engines.file('.hidden', 'other'), bob);
    await bob.accept(second);
    const { path } = await bob.completed(second);
    assert.equal(await readFile(path ?? '', 'utf8'), 'other');
    assert.equal((await engines.saved(bob)).length, names.length + 1, 'nothing is overwritten');
  });

  it('save where the person says', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    const source = await engines.file('a', 'here');
    const [one, two] = [await alice.send(source, bob), await alice.send(source, bob)];
    await bob.accept(one, { directory: engines.path('deep', 'er') });
    await bob.accept(two, { path: engines.path('other', 'name.txt') });
    assert.equal((await bob.completed(one)).path, engines.path('deep', 'er', 'a'));
    assert.equal((await bob.completed(two)).path, engines.path('other', 'name.txt'));
    assert.equal((await stat(engines.path('other', 'name.txt'))).size, 4);
    const three = await alice.send(source, bob);
    await assert.rejects(bob.accept(three, { path: 'relative' }), { code: 'CONFIG_INVALID' });
    await bob.accept(three);
    await bob.completed(three);
  });
});
