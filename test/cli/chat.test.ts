import assert from 'node:assert/strict';
import { withCli } from '../support/runCli';
import { withHub } from '../support/withHub';
import { textsOf, withTalkers } from './withTalkers';

describe('chat between two terminals with the shipped program', function () {
  this.timeout(120_000);
  const hub = withHub();
  const cli = withCli();
  const { as, pair, chat, talk, line } = withTalkers(hub, cli);

  it('travels directly over a data channel, both ways, in order, each message once', async () => {
    await pair();
    const alice = chat('alice', 'bob');
    const bob = chat('bob', 'alice');
    await Promise.all(
      [alice, bob].map((one) => one.line('connected', ({ over }) => over === 'peer')),
    );
    assert.equal((await alice.line('connected'))['path'], 'direct');
    const said = Array.from({ length: 50 }, (_, index) => `message ${String(index)}`);
    alice.say(...said.map((text) => line(text)));
    bob.say(...said.map((text) => line(`${text} back`)));
    await bob.until(() => textsOf(bob).length >= said.length, 'all of them');
    await alice.until(() => textsOf(alice).length >= said.length, 'all of them');
    assert.deepEqual(textsOf(bob), said);
    assert.deepEqual(
      textsOf(alice),
      said.map((text) => `${text} back`),
    );
    const heard = await bob.line('text');
    assert.equal(heard['from'], 'alice');
    const queuedOf = (): unknown[] =>
      alice.lines.filter(({ event }) => event === 'queued').map(({ id }) => id);
    // The other side may have heard the last one before its own terminal says that it is queued.
    await alice.until(() => queuedOf().length >= said.length, 'all to be queued');
    const queued = queuedOf();
    assert.equal(new Set(queued).size, said.length);
    assert.equal(heard['id'], queued[0]);
    for (const id of queued) {
      await alice.line('delivered', (told) => told['id'] === id);
    }
    await alice.line('read', (told) => told['id'] === queued.at(-1));

    alice.say('{"type":"typing"}');
    await bob.line('typing', ({ typing }) => typing === true);
    alice.say('{"type":"typing","typing":false}');
    await bob.line('typing', ({ typing }) => typing === false);
    alice.hush();
    assert.equal(await alice.end(), 0, alice.stderr);
    assert.equal(alice.lines.at(-1)?.event, 'ended');
    bob.kill('SIGINT');
    assert.equal(await bob.end(), 130, bob.stderr);
  });

  it('answers what it cannot understand, and loses nothing around it', async () => {
    await pair();
    const bob = chat('bob', 'alice');
    const alice = chat('alice', 'bob');
    await alice.line('connected');
    const huge = 'x'.repeat(300 * 1024);
    const wrongs: readonly (readonly [string, RegExp])[] = [
      ['{"type":"text"', /is not JSON/],
      ['[]', /"type"/],
      ['{"type":"text","text":7}', /no words/],
      ['{"type":"text","text":""}', /no words/],
      ['{"type":"text","text":"a","id":"7"}', /32 hex digits/],
      ['{"type":"typing","typing":"yes"}', /neither true nor false/],
      ['{"type":"shout"}', /no "type" that is known/],
      [huge, /too long/],
    ];
    const broken = wrongs.map(([wrong]) => wrong);
    for (const [index, wrong] of broken.entries()) {
      alice.say(line(`before ${String(index)}`), wrong);
    }
    alice.say(line('y'.repeat(40_000)), '', line('last'));
    await bob.until(() => textsOf(bob).includes('last'), 'the last one');
    assert.deepEqual(textsOf(bob), [
      ...broken.map((_, index) => `before ${String(index)}`),
      'last',
    ]);
    const errors = alice.lines.filter(({ event }) => event === 'error');
    assert.deepEqual(
      errors.map((told) => [told['code'], told['line']]),
      [
        ...broken.map((_, index) => ['CONFIG_INVALID', 2 * index + 2]),
        ['MESSAGE_TOO_LARGE', undefined],
      ],
    );
    for (const [index, [, why]] of wrongs.entries()) {
      assert.match(String(errors[index]?.['message']), why);
    }
    assert.ok(!JSON.stringify(errors).includes('xxxx'), 'it is not read back');
  });

  it('calls nobody offline before it has looked, and says when the service is away', async () => {
    await pair();
    const away = ['--ats-url', 'http://127.0.0.1:9'];
    const alice = talk('chat', 'bob', '--json', ...as('alice'), ...away);
    alice.say(line('one'));
    await alice.line('offline');
    assert.deepEqual(
      alice.lines.map(({ event }) => event),
      ['queued', 'offline'],
    );
    assert.match(alice.stderr, /http:\/\/127\.0\.0\.1:9 cannot be reached.* Trying again\./);
  });

  it('says a line once that is given twice under one id', async () => {
    await pair();
    const bob = chat('bob', 'alice');
    const alice = chat('alice', 'bob');
    const id = '0123456789abcdef'.repeat(2);
    alice.say(line('once', { id }), line('once', { id }), line('after'));
    await bob.until(() => textsOf(bob).includes('after'), 'the second message');
    assert.deepEqual(textsOf(bob), ['once', 'after']);
    assert.equal((await bob.line('text'))['id'], id);
  });

  it('keeps what is said to somebody who is away, and delivers it when they are back', async () => {
    await pair();
    const alice = chat('alice', 'bob');
    await alice.line('offline');
    alice.say(line('one'), line('two'));
    await alice.until(() => alice.lines.filter((l) => l.event === 'queued').length === 2, 'both');
    alice.kill('SIGKILL');
    await alice.exited;

    const later = chat('alice', 'bob', '--history', '5');
    const old = await later.line('history', ({ state }) => state === 'waiting' || state === 'sent');
    assert.equal(old['own'], true);
    const bob = chat('bob', 'alice');
    await bob.until(() => textsOf(bob).length >= 2, 'what waited');
    bob.say(line('back'));
    await later.line('text', ({ text }) => text === 'back');
    assert.deepEqual(textsOf(bob), ['one', 'two']);
  });

  it('gives a program what was written while it was away, once, and nothing that it has read', async () => {
    await pair();
    const first = chat('bob', 'alice');
    const alice = chat('alice', 'bob');
    alice.say(line('first'));
    await first.line('text', ({ text }) => text === 'first');
    await alice.line('read');
    first.hush();
    assert.equal(await first.end(), 0, first.stderr);
    alice.say(line('second'), line('third'));
    const second = chat('bob', 'alice');
    await second.until(() => textsOf(second).includes('third'), 'the rest');
    assert.deepEqual(textsOf(second), ['second', 'third']);
  });

  it('delivers piped lines and ends; who is not there in time gets them later', async () => {
    await pair();
    const late = talk('chat', 'bob', '--timeout', '3000', ...as('alice'));
    late.say('waits');
    late.hush();
    assert.equal(await late.end(), 4, late.stderr);
    assert.match(late.stdout, /1 message waits/);
    const bob = chat('bob', 'alice');
    const piped = talk('chat', 'bob', ...as('alice'));
    piped.say('one', '', 'two \u001b[31mred');
    piped.hush();
    assert.equal(await piped.end(), 0, piped.stdout + piped.stderr);
    await bob.until(() => textsOf(bob).length >= 3, 'all of them');
    assert.deepEqual(textsOf(bob), ['waits', 'one', 'two \u001b[31mred']);
  });

  it('shows words that are meant to act on the terminal, and lets none act', async () => {
    await pair();
    const bob = talk('chat', 'alice', ...as('bob'));
    const alice = chat('alice', 'bob');
    const hostile = 'a\u001b[2J\u001b]0;owned\u0007b\u202ec\r\n12:00 alice: never said\u009b31m';
    alice.say(line(hostile), line('end'));
    await bob.until(() => bob.stdout.includes('alice: end'), 'the message after it');
    assert.doesNotMatch(bob.stdout, /[^\P{Cc}\n]|\u202e/u);
    const shown = bob.stdout.split('\n').filter((row) => row.includes('never said'));
    assert.match(shown[0] ?? '', /^ {6}12:00/, 'it cannot pass for a message of its own');
    // To a program they are data, and whole.
    bob.kill('SIGKILL');
  });

  it('knows nobody to talk with who is not paired', async () => {
    await pair();
    const nobody = chat('alice', 'carol');
    assert.equal(await nobody.end(), 1);
    assert.equal((await nobody.line('failed'))['code'], 'AGENT_UNKNOWN');
  });
});
