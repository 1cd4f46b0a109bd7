import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { online, pairUp } from '../../../support/pairUp';
import { linesOf, makeTree } from '../../../support/treeOnDisk';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** If this fails, a folder that is sent does not arrive as it was. */
describe('folders between paired agents', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const paired = async (): Promise<[Agent, Agent]> => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    return [alice, bob];
  };
  const project = (name = 'project'): Promise<string> =>
    makeTree(engines.path('out', name), {
      'read me.txt': 'read me',
      'empty/deeper': null,
      'src/a.ts': 'const a = 1;\n',
      'src/nothing': '',
      'src/big.bin': randomBytes(700_000),
      'bin/run': { content: '#!/bin/sh\n', mode: 0o755 },
      'bin/link': { link: '../src/a.ts' },
      'bin/dangling': { link: 'nowhere' },
      '名前/ü.txt': 'in every script',
    });

  it('arrive as they were, and say on both sides what came', async () => {
    const [alice, bob] = await paired();
    const folder = await project();
    const measured = await alice.engine.measure({ paths: [folder] });
    const id = await alice.send(folder, bob);
    const offer = await bob.asked(id);
    assert.deepEqual([offer.kind, offer.roots, offer.safeName], ['folder', 1, 'project']);
    const { files, folders, links, bytes } = measured;
    assert.equal(offer.entries, files + folders + links);
    assert.equal(offer.fileSize, bytes);
    assert.deepEqual([offer.updates, offer.sync], [undefined, undefined]);
    const listed = await bob.engine.preview(id);
    assert.equal(listed.length, offer.entries);
    assert.deepEqual(await engines.saved(bob), [], 'looking writes nothing');
    await bob.accept(id);
    const [sent, received] = await Promise.all([alice.completed(id), bob.completed(id)]);
    assert.equal(received.path, path.join(bob.config.saveDirectory, 'project'));
    assert.deepEqual(await linesOf(received.path), await linesOf(folder));
    for (const result of [sent, received]) {
      assert.deepEqual([result.files, result.bytes, result.sha256], [files, bytes, undefined]);
    }
    assert.deepEqual([sent.treeHash, sent.receipt], [received.treeHash, received.receipt]);
    assert.deepEqual(await engines.saved(bob), ['project'], 'and nothing beside it');
    const task = await alice.task(id, 'completed');
    assert.deepEqual(
      [task.payload['kind'], task.payload['entries'], task.payload['file_size']],
      ['folder', offer.entries, bytes],
    );
    assert.match(JSON.stringify(task.outputs), new RegExp(`"bytes":${String(bytes)}\\b`));
    assert.doesNotMatch(JSON.stringify(task), /project|read me/, 'the service reads no name');
    const shown = alice.transfer(id);
    assert.deepEqual([shown?.kind, shown?.entries, shown?.roots], ['folder', offer.entries, 1]);
    const [ended] = (await bob.engine.snapshot()).transfers;
    assert.deepEqual([ended?.kind, ended?.entries], ['folder', offer.entries]);
    assert.deepEqual(await alice.home.readAll('manifests'), [], 'its list is kept no longer');
  });

  it('arrive several at once beside files, and beside what has their names already', async () => {
    const [alice, bob] = await paired();
    const folder = await project('one');
    const other = await makeTree(engines.path('out', 'two'), { 'x.txt': 'x' });
    const file = await engines.file('file.txt', 'file');
    await makeTree(path.join(bob.config.saveDirectory, 'two'), { 'mine.txt': 'mine' });
    const id = await alice.send([folder, other, file], bob);
    const offer = await bob.asked(id);
    assert.deepEqual([offer.kind, offer.roots], ['several', 3]);
    await assert.rejects(bob.accept(id, { path: engines.path('elsewhere') }), {
      code: 'CONFIG_INVALID',
    });
    await bob.accept(id);
    const received = await bob.completed(id);
    await alice.completed(id);
    assert.equal(received.path, bob.config.saveDirectory);
    assert.deepEqual(await engines.saved(bob), ['file.txt', 'one', 'two', 'two (1)']);
    const saved = (name: string): string => path.join(bob.config.saveDirectory, name);
    assert.deepEqual(await linesOf(saved('one')), await linesOf(folder));
    assert.deepEqual(await linesOf(saved('two (1)')), await linesOf(other));
    assert.equal(await readFile(path.join(saved('two'), 'mine.txt'), 'utf8'), 'mine');
  });

  it('go to an exact path when the person says so', async () => {
    const [alice, bob] = await paired();
    const folder = await makeTree(engines.path('out', 'here'), { a: 'a' });
    const id = await alice.send(folder, bob);
    const where = engines.path('there', 'renamed');
    await bob.accept(id, { path: where });
    assert.equal((await bob.completed(id)).path, where);
    assert.deepEqual(await linesOf(where), await linesOf(folder));
  });

  it('are sent as they are when their turn comes, without what is gone', async () => {
    const [alice, bob] = await paired();
    const folder = await project();
    const id = await alice.send(folder, bob);
    await bob.asked(id);
    await writeFile(path.join(folder, 'src/a.ts'), 'const a = 22;\n');
    await rm(path.join(folder, 'read me.txt'));
    await rename(path.join(folder, 'src/nothing'), path.join(folder, 'src/something'));
    await mkdir(path.join(folder, 'later'));
    await bob.accept(id);
    const [sent, received] = await Promise.all([alice.completed(id), bob.completed(id)]);
    for (const result of [sent, received]) {
      assert.deepEqual([result.changed, result.gone], [1, 2], JSON.stringify(result));
    }
    const there = received.path ?? '';
    assert.equal(await readFile(path.join(there, 'src/a.ts'), 'utf8'), 'const a = 22;\n');
    const names = (await linesOf(there)).map((line) => line.split(' ')[0]);
    assert.ok(!names.includes('read') && !names.includes('src/nothing'));
    assert.ok(!names.includes('src/something') && !names.includes('later/'), 'not what came later');
  });

  it('are refused before anybody is asked where they cannot be sent', async () => {
    const [alice] = await paired();
    const out = await makeTree(engines.path('out', 'leads out'), { l: { link: '../../x' } });
    await assert.rejects(alice.send(out, 'bob'), { code: 'LINK_REFUSED' });
    await assert.rejects(alice.engine.measure({ paths: [out] }), { code: 'LINK_REFUSED' });
    await assert.rejects(alice.send(engines.path('nothing'), 'bob'), { code: 'PATH_NOT_FOUND' });
    await assert.rejects(alice.send([], 'bob'), { code: 'CONFIG_INVALID' });
    const file = await engines.file('a file', 'a');
    await assert.rejects(alice.send(file, 'bob', { sync: { delete: false } }), {
      code: 'CONFIG_INVALID',
    });
    assert.deepEqual((await alice.engine.snapshot()).transfers, []);
    assert.deepEqual(await alice.home.readAll('manifests'), []);
  });

  it('go to paired agents only', async () => {
    const [alice] = await paired();
    const folder = await makeTree(engines.path('out', 'open'), { a: 'a' });
    await assert.rejects(alice.send(folder, 'carol'), { code: 'NOT_A_FILE', message: /[Pp]air/ });
    const files = [await engines.file('a', 'a'), await engines.file('b', 'b')];
    await assert.rejects(alice.send(files, 'carol'), { code: 'CONFIG_INVALID', message: /Pair/ });
    const { kid } = await online(alice, 'bob');
    await alice.engine.changeAgent(kid, { blocked: true });
    await assert.rejects(alice.send(folder, 'bob'), { code: 'AGENT_BLOCKED' });
  });
});
