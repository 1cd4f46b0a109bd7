import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import {
  CancellationTokenSource,
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { Grant } from '../../src/core/events';
import { openFileHome } from '../../src/core/home/fileHome';
import { openEngine, type SharedEngine } from '../../src/service/openEngine';
import { PROTOCOL } from '../../src/service/protocol';
import { configAt, withHousehold, type Member } from './household';

/** Nobody listens there, and the engine goes on all the same. */
const NOWHERE = 'http://127.0.0.1:9';
/** Files by number: enough that counting them has not ended when the next message is read. */
const MANY = 4000;

/** If this fails, only the process that owns the engine can count folders or take a grant back. */
describe('folders and grants, asked about by any process of a home', function () {
  this.timeout(60_000);
  const house = withHousehold();
  const config = (): ReturnType<typeof configAt> =>
    configAt(NOWHERE, 'us', path.join(house.folder, 'in'));
  const opened: SharedEngine[] = [];
  const open = async (): Promise<SharedEngine> => {
    const engine = await openEngine({ home: house.home, config: config(), version: '1.2.3' });
    opened.push(engine);
    return engine;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((engine) => engine.stop()));
  });
  const folderOf = async (files: number): Promise<string> => {
    const folder = path.join(house.folder, 'out');
    await fs.mkdir(path.join(folder, 'in'), { recursive: true });
    for (let file = 0; file < files; file++) {
      await fs.writeFile(path.join(folder, 'in', `${String(file)}.txt`), 'four');
    }
    return folder;
  };

  it('are counted the same, and refused the same', async () => {
    const members = await house.open(2, config());
    const folder = await folderOf(7);
    for (const member of members) {
      assert.deepEqual(await member.ask({ do: 'measure', source: { paths: [folder] } }), {
        kind: 'folder',
        name: 'out',
        roots: 1,
        files: 7,
        folders: 2,
        links: 0,
        bytes: 28,
        ignored: 0,
      });
      const paths = [path.join(folder, 'none')];
      await assert.rejects(member.ask({ do: 'measure', source: { paths } }), {
        code: 'PATH_NOT_FOUND',
      });
    }
  });

  it('are not counted any further once the person has changed their mind', async () => {
    const [owner, other] = [await open(), await open()];
    assert.deepEqual([owner.isOwner, other.isOwner], [true, false]);
    const paths = [await folderOf(MANY)];
    for (const engine of [owner, other]) {
      await assert.rejects(engine.measure({ paths }, AbortSignal.abort()), { code: 'CANCELLED' });
      const mind = new AbortController();
      const counted = engine.measure({ paths }, mind.signal);
      setImmediate(() => {
        mind.abort();
      });
      await assert.rejects(counted, { code: 'CANCELLED' });
      assert.equal((await engine.measure({ paths })).files, MANY, 'the next one is counted');
    }
  });

  it('are given up by the owner itself when the process that asked gives them up', async () => {
    await open();
    const paths = [await folderOf(MANY)];
    const [name = ''] = (await fs.readdir(house.home)).filter((each) => each.endsWith('.sock'));
    const socket = connect(path.join(house.home, name));
    const rpc = createMessageConnection(
      new StreamMessageReader(socket),
      new StreamMessageWriter(socket),
    );
    rpc.listen();
    try {
      await rpc.sendRequest('hello', { protocol: PROTOCOL, version: '1.2.3' });
      const mind = new CancellationTokenSource();
      const counted = rpc.sendRequest('measure', { paths }, mind.token);
      mind.cancel();
      await assert.rejects(counted, (thrown: unknown) => {
        assert.ok(thrown instanceof ResponseError);
        assert.equal((thrown.data as { code?: unknown }).code, 'CANCELLED');
        return true;
      });
    } finally {
      rpc.dispose();
      socket.destroy();
    }
  });

  it('a grant is taken back for all of them, and stays so', async () => {
    const kept = grant('ab', 'a');
    const store = await openFileHome(house.home);
    for (const one of [kept, grant('cd', 'b')]) {
      await store.write('grants', `${one.agent.kid}-${one.grantId}`, { version: 1, ...one });
    }
    const members = await house.open(3, config());
    const [owner, second, third] = members as [Member, Member, Member];
    assert.equal((await second.snapshot()).grants.length, 2);
    await second.ask({ do: 'revokeGrant', grantId: grant('cd', 'b').grantId });
    for (const member of members) {
      const told = await member.told('the grants', ({ type }) => type === 'grants');
      assert.deepEqual(told, { type: 'grants', grants: [kept] });
      assert.deepEqual((await member.snapshot()).grants, [kept]);
    }
    // Nobody knows that one, which is no error: whoever asks may ask again.
    await third.ask({ do: 'revokeGrant', grantId: grant('cd', 'b').grantId });
    await owner.kill();
    await second.kill();
    assert.equal(await house.owner([third]), third);
    assert.deepEqual((await third.snapshot()).grants, [kept]);
    assert.equal((await store.readAll('grants')).length, 1);
  });
});

/** Of an agent that need not be in the book. */
function grant(id: string, digit: string): Grant {
  return {
    grantId: id.repeat(16),
    agent: { kid: digit.repeat(64), name: 'Alice', fingerprint: '1' },
    name: 'site',
    path: '/srv/site',
    mayDelete: true,
    since: `2026-03-01T12:00:0${digit === 'a' ? '0' : '1'}.000Z`,
  };
}
