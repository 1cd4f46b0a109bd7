import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { withCli } from '../support/runCli';
import { withHub } from '../support/withHub';
import { textsOf, withTalkers } from './withTalkers';

describe('listen --chat with the shipped program', function () {
  this.timeout(120_000);
  const hub = withHub();
  const cli = withCli();
  const { as, pair, chat, talk, line } = withTalkers(hub, cli);

  const script = async (body: string): Promise<string> => {
    await writeFile(cli.path('answer.cjs'), body);
    return `"${process.execPath}" answer.cjs`;
  };
  const READ = `let text = ''; process.stdin.on('data', (d) => (text += d)).on('end', () => main());`;

  it('hands each message to the command and sends what it prints, one at a time and in order', async () => {
    await pair();
    const command = await script(`${READ}
      const fs = require('node:fs');
      async function main() {
        fs.appendFileSync('log', 'in ' + text + '\\n');
        await new Promise((r) => setTimeout(r, 100));
        fs.appendFileSync('log', 'out ' + text + '\\n');
        if (text === 'fail') { console.log('not sent'); process.exit(3); }
        if (text === 'nothing') return;
        const { BEELINE_AGENT_NAME: name, BEELINE_MESSAGE_ID: id, BEELINE_MESSAGE_KIND: kind } = process.env;
        console.log([text, name, kind, /^[0-9a-f]{32}$/.test(id), process.argv.length].join('|'));
      }`);
    const bob = talk('listen', '--json', '--chat', '--on-message', command, ...as('bob'));
    await bob.line('listening');
    const alice = chat('alice', 'bob');
    const said = ['one', 'fail', 'two $(touch owned); `touch owned`', 'nothing', 'three\nlines'];
    alice.say(...said.map((text) => line(text)));
    await alice.until(() => textsOf(alice).length >= 3, 'the answers');
    assert.deepEqual(textsOf(alice), [
      'one|alice|text|true|2',
      'two $(touch owned); `touch owned`|alice|text|true|2',
      'three\nlines|alice|text|true|2',
    ]);
    await assert.rejects(readFile(cli.path('owned')));
    const log = (await readFile(cli.path('log'), 'utf8')).trimEnd();
    assert.equal(log, said.flatMap((text) => [`in ${text}`, `out ${text}`]).join('\n'));
    assert.deepEqual(textsOf(bob), said);
    const failed = await bob.line('error');
    assert.match(String(failed['message']), /ended with 3/);
    const heard = bob.lines.filter(({ event }) => event === 'text');
    assert.equal(failed['id'], heard[1]?.['id']);
    assert.equal((await bob.line('answered'))['id'], heard[0]?.['id']);
    await alice.line('typing', ({ typing }) => typing === true);
    bob.kill('SIGINT');
    assert.equal(await bob.end(), 130, bob.stderr);
  });

  it('bounds what a command prints, and goes on after one that floods', async () => {
    await pair();
    const command = await script(`${READ}
      function main() { process.stdout.write(text === 'flood' ? 'ü'.repeat(2_000_000) : 'fine'); }`);
    const bob = talk('listen', '--json', '--chat', '--on-message', command, ...as('bob'));
    await bob.line('listening');
    const alice = chat('alice', 'bob');
    alice.say(line('flood'), line('again'));
    await alice.line('text', ({ text }) => text === 'fine');
    const [flood] = textsOf(alice);
    assert.match(String(flood), /^ü{10000,}\n… \(cut here\)$/);
    assert.ok(Buffer.byteLength(String(flood)) <= 32 * 1024);
  });

  it('ends a command that is at work when it is interrupted, and hands the message on next time', async () => {
    await pair();
    const command = await script(`${READ}
      function main() { require('node:fs').writeFileSync('pid', String(process.pid)); setInterval(() => {}, 1000); }`);
    const bob = talk('listen', '--json', '--chat', '--on-message', command, ...as('bob'));
    await bob.line('listening');
    const alice = chat('alice', 'bob');
    alice.say(line('think'));
    await bob.line('text');
    await alice.line('typing', ({ typing }) => typing === true);
    let pid = 0;
    const begun = async (): Promise<boolean> =>
      (pid = Number(await readFile(cli.path('pid'), 'utf8').catch(() => '0'))) > 0;
    for (let tries = 0; !(await begun()) && tries < 200; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(pid > 0, 'the command has begun');
    bob.kill('SIGINT');
    assert.equal(await bob.end(), 130, bob.stderr);
    // Whoever inherits it may take a moment to bury it.
    for (let tries = 0; isThere(pid) && tries < 200; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(!isThere(pid), 'nothing of it is left');
    const next = talk('listen', '--json', '--chat', '--on-message', 'cat', ...as('bob'));
    await alice.line('text', ({ text }) => text === 'think');
    await next.line('text');
    assert.deepEqual(textsOf(next), ['think']);
  });

  it('takes no chats unless it is told to, and says so to who writes', async () => {
    await pair();
    const bob = talk('listen', '--json', ...as('bob'));
    await bob.line('listening');
    const alice = chat('alice', 'bob');
    alice.say(line('anybody?'));
    const offline = await alice.line('offline', ({ code }) => code === 'CHAT_UNAVAILABLE');
    assert.match(String(offline['message']), /Nobody takes chats/);
    bob.kill('SIGINT');
    await bob.end();
    const there = talk('listen', '--chat', ...as('bob'));
    await there.until(() => there.stdout.includes('alice: anybody?'), 'the message');
    const usage = talk('listen', '--on-message', 'cat', ...as('bob'));
    assert.equal(await usage.end(), 2);
  });

  it('refuses ICE servers whose credentials others can read', async () => {
    const servers = [{ urls: 'turn:127.0.0.1:3478', username: 'u', credential: 'hidden-word' }];
    await writeFile(cli.path('turn.json'), JSON.stringify(servers));
    const open = async (): Promise<[number | null, string]> => {
      const one = cli.start(['agents', ...as('bob'), '--ice-servers', 'turn.json']);
      return [await one.end(), one.stderr];
    };
    await chmod(cli.path('turn.json'), 0o640);
    const [refused, why] = await open();
    assert.equal(refused, 2);
    assert.match(why, /chmod 600/);
    assert.doesNotMatch(why, /hidden-word/);
    await chmod(cli.path('turn.json'), 0o600);
    assert.equal((await open())[0], 0);
    await writeFile(cli.path('turn.json'), '{"urls":[]}');
    assert.equal((await open())[0], 2);
  });
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
