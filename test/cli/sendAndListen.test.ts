import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { withCli, type CliProcess } from '../support/runCli';
import { withHub } from '../support/withHub';

/** Long enough to be interrupted, also on a fast machine. Sparse, so that it costs no disk. */
const LONG_BYTES = 1_000_000_000;

describe('the shipped program, as two processes', function () {
  this.timeout(90_000);
  const hub = withHub();
  const cli = withCli();

  const as = (name: string): string[] => [
    ...['--actor-id', name, '--ats-url', hub.url, '--home', `home-${name}`],
  ];
  const listen = async (...flags: string[]): Promise<CliProcess> => {
    const listener = cli.start(['listen', '--json', ...as('bob'), ...flags]);
    await listener.line('listening');
    return listener;
  };
  const send = (...flags: string[]): CliProcess =>
    cli.start(['send', '--to', 'bob', ...as('alice'), ...flags]);
  const longFile = async (): Promise<string> => {
    await writeFile(cli.path('long.bin'), '');
    await truncate(cli.path('long.bin'), LONG_BYTES);
    return 'long.bin';
  };
  const received = async (): Promise<string[]> =>
    (await readdir(cli.path('incoming')).catch(() => [])).sort();

  it('delivers byte for byte, says so on both sides in JSON, and answers 0', async () => {
    const bytes = randomBytes(3_000_001);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await writeFile(cli.path('data.csv'), bytes);
    const listener = await listen();
    const listening = await listener.line('listening');
    assert.equal(listening['actorId'], 'bob');
    assert.equal(listening['channel'], 'p2p-transfer');
    assert.equal(listening['url'], hub.url);
    assert.equal(listening['saveDir'], cli.path('incoming'));
    assert.equal(listening['accepts'], 'everyone');

    const sender = send('data.csv', '--json');
    assert.equal(await sender.end(), 0, sender.stderr);
    const events = sender.lines.map((line) => line.event);
    assert.equal(events[0], 'offered');
    assert.equal(events.at(-1), 'completed');
    assert.deepEqual([...new Set(events.slice(1, -1))], ['progress']);
    const sent = await sender.line('completed');
    assert.equal(sent['sha256'], sha256);
    assert.equal(sent['path'], 'data.csv');

    const arrived = await listener.line('completed');
    assert.equal(arrived['path'], cli.path('incoming', 'data.csv'));
    assert.equal(arrived['sha256'], sha256);
    assert.equal(arrived['transferId'], sent['transferId']);
    assert.ok((await readFile(cli.path('incoming', 'data.csv'))).equals(bytes));

    const status = cli.start(['status', String(sent['transferId']), '--json', ...as('bob')]);
    assert.equal(await status.end(), 0, status.stderr);
    const report = await status.line('status');
    assert.equal((report['local'] as { state: string }).state, 'completed');
    assert.equal((report['task'] as { status: string }).status, 'completed');
  });

  it('prints plain lines where there is no terminal, diagnostics on stderr', async () => {
    await writeFile(cli.path('a.txt'), 'hello');
    const listener = cli.start(['listen', ...as('bob')]);
    await listener.until(() => listener.stdout.includes('Accepting every file'), 'the greeting');
    const sender = send('a.txt');
    assert.equal(await sender.end(), 0);
    assert.match(sender.stdout, /^a\.txt \(5 bytes\): offered to bob/);
    assert.match(sender.stdout, /a\.txt: delivered to bob, 5 bytes in .* SHA-256 2cf24dba/);
    // eslint-disable-next-line no-control-regex
    assert.ok(!/[\u0000-\u0009\u000b-\u001f]/.test(sender.stdout), 'nothing redraws in a pipe');
    await listener.until(() => listener.stdout.includes('a.txt: received from alice'), 'the file');
    assert.equal(listener.stderr, '');
  });

  it('sends several paths as one offer each, and answers for the worst', async () => {
    await writeFile(cli.path('one'), '1');
    await writeFile(cli.path('two'), '');
    const listener = await listen();
    const sender = send('one', 'missing', 'two', '--json');
    assert.equal(await sender.end(), 1);
    const failed = sender.lines.filter((line) => line.event === 'failed');
    assert.deepEqual(
      failed.map((line) => [line['code'], line['path']]),
      [['PATH_NOT_FOUND', 'missing']],
    );
    assert.equal(sender.lines.filter((line) => line.event === 'completed').length, 2);
    await listener.until(
      () => listener.lines.filter((line) => line.event === 'completed').length === 2,
      'both files',
    );
    assert.deepEqual(await received(), ['one', 'two']);
  });

  it('answers 3 to a sender who is not among those given with --allow', async () => {
    await writeFile(cli.path('a.txt'), 'hello');
    const listener = await listen('--allow', 'carol', '--allow', 'dave');
    const sender = send('a.txt', '--json');
    assert.equal(await sender.end(), 3);
    assert.equal((await sender.line('failed'))['code'], 'NOT_ALLOWED');
    assert.deepEqual(await received(), []);
    assert.ok(!listener.lines.some((line) => line.event === 'completed'));
  });

  it('refuses what is larger than --max-size, and takes what is just as large', async () => {
    await writeFile(cli.path('fits'), '12345');
    await writeFile(cli.path('large'), '123456');
    await listen('--max-size', '5');
    const sender = send('fits', 'large', '--json');
    assert.equal(await sender.end(), 1);
    assert.equal((await sender.line('failed'))['code'], 'TOO_LARGE');
    assert.equal((await sender.line('completed'))['fileName'], 'fits');
    assert.deepEqual(await received(), ['fits']);
  });

  it('answers 4 when nobody answers in time', async () => {
    await writeFile(cli.path('a.txt'), 'hello');
    const sender = send('a.txt', '--expires', '1000', '--json');
    assert.equal(await sender.end(), 4);
    assert.equal((await sender.line('failed'))['code'], 'OFFER_EXPIRED');
  });

  it('ends on both sides when the sender is interrupted, and answers 130', async () => {
    const listener = await listen();
    const sender = send(await longFile(), '--json');
    await sender.line('progress', (line) => Number(line['bytes']) > 0);
    sender.kill('SIGINT');
    assert.equal(await sender.end(), 130);
    assert.equal((await sender.line('failed'))['code'], 'CANCELLED');
    assert.equal((await listener.line('failed'))['code'], 'CANCELLED_BY_PEER');
    assert.deepEqual(await received(), [], 'no partial remains');
  });

  it('ends on both sides when the listener is interrupted, and answers 130', async () => {
    const listener = await listen();
    const sender = send(await longFile(), '--json');
    await listener.line('progress', (line) => Number(line['bytes']) > 0);
    listener.kill('SIGINT');
    assert.equal(await listener.end(), 130);
    assert.equal(await sender.end(), 1);
    assert.equal((await sender.line('failed'))['code'], 'CANCELLED_BY_PEER');
    assert.deepEqual(await received(), [], 'no partial remains');
  });

  it('withdraws an offer that nobody has answered when interrupted', async () => {
    await writeFile(cli.path('a.txt'), 'hello');
    const sender = send('a.txt', '--json');
    const { taskId } = await sender.line('offered');
    sender.kill('SIGTERM');
    assert.equal(await sender.end(), 143);
    const answer = await fetch(`${hub.url}/tasks/${String(taskId)}`, {
      headers: { 'X-Actor-Type': 'agent', 'X-Actor-ID': 'x', 'X-Actor-Name': 'x' },
    });
    const { task } = (await answer.json()) as { task: { status: string } };
    assert.equal(task.status, 'cancelled');
  });

  it('goes on sending when the reader of its lines goes away', async () => {
    await writeFile(cli.path('a.txt'), randomBytes(100_000));
    const listener = await listen();
    const sender = send('a.txt', '--json');
    await sender.line('offered');
    sender.child.stdout?.destroy();
    assert.equal(await sender.end(), 0, sender.stderr);
    await listener.line('completed');
  });

  it('ends listening when the reader of its lines goes away', async () => {
    await writeFile(cli.path('a.txt'), 'hello');
    const listener = await listen();
    listener.child.stdout?.destroy();
    send('a.txt');
    assert.equal(await listener.end(), 141);
    assert.equal(listener.stderr, '');
  });

  it('shares the engine of a home that already runs, and refuses to contradict it', async () => {
    await writeFile(cli.path('a.txt'), 'hello');
    await listen();
    const stranger = cli.start([
      ...['send', 'a.txt', '--to', 'carol', '--json', '--home', 'home-bob'],
      ...['--actor-id', 'alice', '--ats-url', hub.url],
    ]);
    assert.equal(await stranger.end(), 1);
    const refused = await stranger.line('failed');
    assert.equal(refused['code'], 'HOME_BUSY');
    assert.match(String(refused['message']), /--actor-id bob, not alice.*--home/);

    const carol = cli.start(['listen', '--json', ...as('carol')]);
    await carol.line('listening');
    const joined = cli.start(['send', 'a.txt', '--to', 'carol', '--json', '--home', 'home-bob']);
    assert.equal(await joined.end(), 0, joined.stderr);
    assert.equal((await carol.line('completed'))['peer'], 'bob');
  });
});
