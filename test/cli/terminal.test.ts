import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { withCli, type CliProcess } from '../support/runCli';
import { withHub } from '../support/withHub';
import { withTerminals } from './withTerminals';

describe('the shipped program on a terminal', function () {
  this.timeout(60_000);
  const hub = withHub();
  const cli = withCli();

  const onTerminal = withTerminals(cli);
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

  it('pairs two people who compare, and lists what a paired agent offers before the answer', async () => {
    const alice = onTerminal('pair', ...as('alice'));
    await alice.until(() => alice.stdout.includes(' left'), 'the countdown');
    assert.match(alice.stdout, /Waiting for the other side, (9 min 5\d s|10 min 0 s) left/);
    const code = /Code {3}(\S+)/.exec(alice.stdout)?.[1] ?? '';
    // Pasted, so that it is on no command line.
    const bob = onTerminal('pair', '-', ...as('bob'));
    await bob.until(() => bob.stdout.includes("Paste the other side's code"), 'the prompt');
    bob.type(`${code.toLowerCase()}\n`);
    await alice.until(() => alice.stdout.includes('Pair with bob? [y/n]'), 'the question');
    await bob.until(() => bob.stdout.includes('Pair with alice? [y/n]'), 'the question');
    const shown = (one: CliProcess): string[] =>
      [...one.stdout.matchAll(/Fingerprint {2}([\d ]+\d)/g)].map((match) => match[1] ?? '');
    assert.equal(shown(alice).length, 2);
    assert.deepEqual(shown(alice), shown(bob).reverse());
    alice.type('\r');
    await alice.until(() => alice.stdout.split('Pair with bob?').length > 2, 'the question again');
    alice.type('y\r');
    bob.type('yes\r');
    assert.equal(await alice.end(), 0, alice.stdout);
    assert.equal(await bob.end(), 0, bob.stdout);
    assert.match(alice.stdout, /Paired with bob, fingerprint/);

    await writeFile(cli.path('a.bin'), randomBytes(5_000));
    const listener = onTerminal('listen', '--ask', ...as('bob'));
    await listener.until(() => listener.stdout.includes('Asking about every file'), 'the greeting');
    const sender = onTerminal('send', 'a.bin', '--to', 'bob', ...as('alice'));
    const question = 'Accept a.bin (5.0 kB) from alice, verified? [y/n, l lists it]';
    await listener.until(() => listener.stdout.includes(question), 'the question');
    listener.type('l\r');
    await listener.until(() => listener.stdout.includes('1 in all, 5.0 kB'), 'the list');
    assert.match(listener.stdout, / {2}a\.bin \(5\.0 kB\)/);
    await listener.until(() => listener.stdout.split(question).length > 2, 'the question again');
    listener.type('y\r');
    assert.equal(await sender.end(), 0, sender.stdout);
    assert.match(
      sender.stdout,
      /a\.bin: delivered to bob, paired, .* directly, SHA-256 .* receipt/,
    );
    await listener.until(() => listener.stdout.includes('a.bin: received'), 'the file');
  });

  it('takes an invite back on Ctrl-C, and answers 130', async () => {
    const alice = onTerminal('pair', ...as('alice'));
    await alice.until(() => alice.stdout.includes(' left'), 'the countdown');
    alice.type('\u0003');
    assert.equal(await alice.end(), 130);
  });
});
