import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { CLI, CliProcess, withCli } from '../support/runCli';
import { withHub } from '../support/withHub';

describe('the shipped program on a terminal', function () {
  this.timeout(60_000);
  const hub = withHub();
  const cli = withCli();

  before(function () {
    // util-linux's `script` makes a real pseudo terminal; where it is missing there is nothing to test on.
    if (process.platform !== 'linux' || spawnSync('script', ['--version']).error !== undefined) {
      this.skip();
    }
  });

  const running: CliProcess[] = [];
  afterEach(() => {
    for (const one of running.splice(0)) one.kill('SIGHUP');
  });

  /** The program with a terminal for input and output, echo included. */
  const onTerminal = (...args: string[]): CliProcess & { type(text: string): void } => {
    const words = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qefc', words, '/dev/null'], {
      cwd: cli.cwd,
      env: { ...process.env, HOME: cli.cwd, BEELINE_HOME: '', SHELL: '/bin/sh' },
    });
    const type = (text: string): void => {
      child.stdin.write(text);
    };
    const one = Object.assign(new CliProcess(child, args), { type });
    running.push(one);
    return one;
  };
  const as = (name: string): string[] => [
    ...['--actor-id', name, '--ats-url', hub.url, '--home', `home-${name}`],
  ];

  it('asks about each file, waits for y or n, and shows bars on both sides', async () => {
    const bytes = randomBytes(20_000_000);
    await writeFile(cli.path('yes.bin'), bytes);
    await writeFile(cli.path('no.bin'), 'hello');
    const listener = onTerminal('listen', '--ask', ...as('bob'));
    await listener.until(() => listener.stdout.includes('Asking about every file'), 'the greeting');

    const wanted = onTerminal('send', 'yes.bin', '--to', 'bob', ...as('alice'));
    const question = 'Accept yes.bin (20.0 MB) from alice, who is unverified? [y/n]';
    await listener.until(() => listener.stdout.includes(question), 'the question');
    listener.type('perhaps\r');
    await listener.until(() => listener.stdout.split(question).length > 2, 'the question again');
    listener.type('y\r');
    assert.equal(await wanted.end(), 0, wanted.stdout);
    assert.match(wanted.stdout, /yes\.bin \[=*-*\] +\d+ % [\d.]+ \w+\/20\.0 MB/);
    assert.match(wanted.stdout, /yes\.bin: delivered to bob/);
    await listener.until(() => listener.stdout.includes('yes.bin: received'), 'the file');
    assert.ok((await readFile(cli.path('incoming', 'yes.bin'))).equals(bytes));

    const unwanted = onTerminal('send', 'no.bin', '--to', 'bob', ...as('alice'));
    await listener.until(() => listener.stdout.includes('Accept no.bin'), 'the second question');
    listener.type('n\r');
    assert.equal(await unwanted.end(), 3);
    assert.match(unwanted.stdout, /no\.bin: bob declined\./);

    // On a terminal Ctrl-C is a key; it also ends a question that is open.
    const open = onTerminal('send', 'no.bin', '--to', 'bob', ...as('alice'));
    await listener.until(() => listener.stdout.split('Accept no.bin').length > 2, 'the third');
    listener.type('\u0003');
    assert.equal(await listener.end(), 130);
    await open.until(() => open.stdout.includes('waiting for an answer'), 'the offer');
    open.type('\u0003');
    assert.equal(await open.end(), 130);
  });
});
