import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { errors } from '../../src/core/errors';
import { startEngine } from '../../src/core/engine/startEngine';
import { memoryHome } from '../../src/core/home/memoryHome';
import { openEngine, type SharedEngine } from '../../src/service/openEngine';
import { PROTOCOL } from '../../src/service/protocol';
import { configAt, withHousehold, type Member } from './household';

/** Nobody listens there, and the engine goes on all the same. */
const NOWHERE = 'http://127.0.0.1:9';

/** If this fails, two engines work on one home, or one process can take the others down. */
describe('sharing a home', function () {
  this.timeout(60_000);
  const house = withHousehold();
  const opened: SharedEngine[] = [];
  const config = (): ReturnType<typeof configAt> =>
    configAt(NOWHERE, 'us', path.join(house.folder, 'in'));
  const open = async (home = house.home): Promise<SharedEngine> => {
    const engine = await openEngine({ home, config: config(), version: '1.2.3' });
    opened.push(engine);
    return engine;
  };
  const sockets = async (folder = house.home): Promise<string[]> =>
    (await fs.readdir(folder))
      .filter((name) => name.endsWith('.sock'))
      .map((name) => path.join(folder, name));
  const socketOf = async (folder = house.home): Promise<string> => {
    const all = await sockets(folder);
    assert.equal(all.length, 1, all.join(' '));
    return all[0] ?? '';
  };

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((engine) => engine.stop()));
  });

  it('only its user can reach a home and its socket', async () => {
    await open();
    assert.equal((await fs.stat(house.home)).mode & 0o777, 0o700);
    assert.equal((await fs.stat(await socketOf())).mode & 0o777, 0o600);
  });

  it('processes that start at the same moment have one owner among them', async () => {
    const members = await house.spawn(3);
    for (let round = 0; round < 20; round++) {
      const home = path.join(house.folder, `home-${String(round)}`);
      // What a killed owner and a killed successor leave behind.
      if (round % 2 === 1) {
        await fs.mkdir(home);
        await fs.writeFile(path.join(home, 'engine.4.sock'), '');
        await fs.writeFile(path.join(home, 'engine.5.sock'), '');
      }
      const owns = await Promise.all(
        members.map((member) => member.ask({ do: 'open', home, config: config() })),
      );
      assert.equal(owns.filter((own) => own === true).length, 1, `round ${String(round)}`);
      assert.equal((await sockets(home)).length, 1);
      await Promise.all(members.map((member) => member.ask({ do: 'stop' })));
    }
  });

  it('all race to succeed a killed owner, and one does', async () => {
    let members = await house.open(5, config());
    while (members.length > 1) {
      const owner = await house.owner(members);
      members = members.filter((member) => member !== owner);
      await owner.kill();
      await Promise.all(
        members.map((member) => member.told('the move', ({ type }) => type === 'moved')),
      );
      const next = await house.owner(members);
      assert.ok(members.includes(next));
      await socketOf();
      for (const member of members) member.events.length = 0;
    }
  });

  it('one spelling of a home is as good as another', async () => {
    const first = await open();
    await fs.symlink(house.home, path.join(house.folder, 'link'));
    const others = [
      await open(`${house.home}/`),
      await open(path.join(house.folder, 'link')),
      await open(`${house.folder}//x/../home`),
    ];
    assert.ok(first.isOwner);
    for (const other of others) assert.ok(!other.isOwner);
  });

  it('a home whose path is too long for a socket is shared all the same', async () => {
    const home = path.join(house.folder, ...Array.from({ length: 4 }, () => 'long'.repeat(20)));
    const first = await open(home);
    await fs.symlink(home, path.join(house.folder, 'short'));
    const second = await open(home);
    assert.deepEqual([first.isOwner, second.isOwner], [true, false]);
    assert.deepEqual(await sockets(home), []);
    await first.stop();
    await second.snapshot();
    assert.ok(second.isOwner);
  });

  it('a configuration is in force everywhere, and is remembered by the next owner', async () => {
    const secret = `key-${randomBytes(8).toString('hex')}`;
    const members = await house.open(3, config());
    const [owner, second, third] = members as [Member, Member, Member];
    const changed = { ...config(), atsUrl: 'http://127.0.0.1:7', apiKey: secret, maxFileSize: 77 };
    await second.ask({ do: 'configure', config: { ...config(), maxFileSize: 5 } });
    await second.ask({ do: 'configure', config: changed });
    const { apiKey, ...shown } = changed;
    assert.ok(apiKey);
    for (const member of members) assert.deepEqual(await member.ask({ do: 'config' }), shown);
    await second.kill();
    await owner.kill();
    assert.equal(await house.owner([third]), third);
    assert.deepEqual(await third.ask({ do: 'config' }), shown);
    // It has the key as well, or the next could not go on: but nobody may find it lying around.
    for (const name of await fs.readdir(house.home, { recursive: true })) {
      const file = path.join(house.home, name);
      if (!(await fs.stat(file)).isFile()) continue;
      assert.ok(!(await fs.readFile(file, 'utf8')).includes(secret), name);
    }
    for (const member of members) {
      assert.ok(!JSON.stringify([member.logs, member.events, member.stderr]).includes(secret));
    }
  });

  it('a wrong configuration is refused and changes nothing', async () => {
    const [first, second] = [await open(), await open()];
    await assert.rejects(second.configure({ ...config(), timeoutMs: 1 }), {
      code: 'CONFIG_INVALID',
    });
    assert.equal((await first.config()).timeoutMs, config().timeoutMs);
  });

  it('another protocol is told which version runs', async () => {
    await open();
    const socket = connect(await socketOf());
    const rpc = createMessageConnection(
      new StreamMessageReader(socket),
      new StreamMessageWriter(socket),
    );
    rpc.listen();
    const refused = async (method: string, params: object): Promise<unknown> => {
      const thrown: unknown = await rpc
        .sendRequest(method, params)
        .catch((error: unknown) => error);
      return (thrown as { data?: unknown }).data;
    };
    assert.deepEqual(
      await refused('hello', { protocol: PROTOCOL + 1, version: '9.9.9' }),
      errors.serviceVersion('1.2.3').toData(),
    );
    // And it does nothing for those it has not welcomed.
    assert.deepEqual(
      await refused('config', {}),
      errors.protocol('"config" before hello').toData(),
    );
    await assert.rejects(rpc.sendRequest('nonsense', {}));
    rpc.dispose();
    socket.destroy();
  });

  it('many calls at once are all answered, without a warning', async () => {
    const [first, second] = [await open(), await open()];
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const answers = await Promise.all(Array.from({ length: 50 }, () => second.snapshot()));
    assert.equal(answers.length, 50);
    const cancels = Array.from({ length: 50 }, () => second.cancel('unknown'));
    await first.stop();
    await Promise.all(cancels);
    process.off('warning', note);
    assert.deepEqual(warnings, []);
  });

  it('garbage on the socket costs its own connection only', async () => {
    const [first, second] = [await open(), await open()];
    const path = await socketOf();
    const message = (body: string): string =>
      `Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`;
    const fatal = [
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      'no header at all\r\n\r\n',
      'Content-Length: nonsense\r\n\r\n',
      'Content-Length: 9999999999\r\n\r\n' + 'x'.repeat(100_000),
      'x'.repeat(100_000),
      message('{"not json'),
    ];
    for (const garbage of fatal) {
      const socket = connect(path);
      socket.on('error', () => undefined).resume();
      socket.write(garbage);
      await closed(socket);
    }
    for (const odd of ['null', '5', '[]', '{}', '{"jsonrpc":"2.0","id":1,"method":"hello"}']) {
      const socket = connect(path);
      socket.on('error', () => undefined).resume();
      socket.end(message(odd));
      await closed(socket);
    }
    const random = connect(path);
    random.on('error', () => undefined).resume();
    random.write(randomBytes(200_000));
    await closed(random);
    assert.ok(first.isOwner);
    assert.equal((await second.config()).actorId, 'us');
  });

  it('an owner whose socket was removed finds its way back to the others', async () => {
    const first = await open();
    const second = await open();
    await fs.rm(await socketOf());
    await oneSecondLater();
    const third = await open();
    assert.ok(third.isOwner, 'nobody can find the first');
    const all = [first, second, third];
    do await Promise.all(all.map((engine) => engine.snapshot()));
    while (all.filter(({ isOwner }) => isOwner).length !== 1 || first.isOwner);
    await socketOf();
  });

  it('a successor that cannot start says why, and starts once it can', async () => {
    const [owner] = (await house.open(1, config())) as [Member];
    const here = await open();
    const aside = path.join(house.folder, 'aside');
    await fs.rename(house.home, aside);
    await fs.writeFile(house.home, 'not a folder');
    const waiting = [here.snapshot(), here.config()];
    await Promise.allSettled(waiting);
    await owner.kill();
    await assert.rejects(here.snapshot(), { code: 'HOME_UNUSABLE', message: /not a folder/ });
    await assert.rejects(here.cancel('x'), { code: 'HOME_UNUSABLE' });
    await fs.rm(house.home);
    await fs.rename(aside, house.home);
    await here.snapshot();
    assert.ok(here.isOwner);
  });

  it('stopping is final, at once and twice, and leaves nothing behind', async () => {
    const [first, second] = [await open(), await open()];
    await Promise.all([first.stop(), first.stop(), second.stop()]);
    assert.deepEqual(await sockets(), []);
    await assert.rejects(first.snapshot(), { code: 'SERVICE_LOST' });
    await assert.rejects(second.snapshot(), { code: 'SERVICE_LOST' });
  });

  it('a home that is not a folder, or not ours, is refused with its reason', async function () {
    const file = path.join(house.folder, 'file');
    await fs.writeFile(file, '');
    await assert.rejects(open(file), { code: 'HOME_UNUSABLE', message: /not a folder/ });
    await assert.rejects(open(path.join(file, 'in')), { code: 'HOME_UNUSABLE' });
    if (process.getuid?.() !== 0) this.skip();
    // Root may do anything, so somebody else has to try.
    const theirs = path.join(house.folder, 'theirs');
    await fs.mkdir(theirs, { mode: 0o777 });
    const readOnly = path.join(house.folder, 'readOnly');
    await fs.mkdir(readOnly, { mode: 0o500 });
    await fs.chmod(house.folder, 0o755);
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', path.join(__dirname, 'asNobody.ts'), theirs, readOnly],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let said = '';
    child.stdout.on('data', (data: Buffer) => (said += String(data)));
    await once(child, 'close');
    assert.deepEqual(JSON.parse(said), ['HOME_UNUSABLE', 'HOME_UNUSABLE', 'HOME_UNUSABLE']);
  });

  it('homes in memory share nothing: two engines live in one process', async () => {
    const both = await Promise.all(
      ['one', 'two'].map((actorId) =>
        startEngine({ config: { ...config(), actorId }, home: memoryHome() }),
      ),
    );
    const names = await Promise.all(both.map(async (engine) => (await engine.config()).actorId));
    assert.deepEqual(names, ['one', 'two']);
    await Promise.all(both.map((engine) => engine.stop()));
  });
});

/** Sockets are numbered by the second where none is found. */
async function oneSecondLater(): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  while (Math.floor(Date.now() / 1000) === now) await new Promise(setImmediate);
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else
      socket.once('close', () => {
        resolve();
      });
  });
}
