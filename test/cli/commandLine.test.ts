import assert from 'node:assert/strict';
import { runCommandLine } from '../../src/cli/commandLine';

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly called: readonly unknown[];
}

async function run(...args: string[]): Promise<Run> {
  const texts = { out: '', err: '' };
  const called: unknown[] = [];
  const note = (...call: unknown[]): Promise<number> => {
    called.push(call);
    return Promise.resolve(0);
  };
  const code = await runCommandLine(
    args,
    {
      send: (paths, flags) => note('send', paths, flags),
      listen: (flags) => note('listen', flags),
      pair: (code, flags) => note('pair', code, flags),
      agents: (flags) => note('agents', flags),
      changeAgent: (change, typed, flags) => note('changeAgent', change, typed, flags),
      status: (transferId, flags) => note('status', transferId, flags),
      resume: (transferId, flags) => note('resume', transferId, flags),
      sync: (path, flags) => note('sync', path, flags),
      grants: (flags) => note('grants', flags),
      revokeGrant: (typed, flags) => note('revokeGrant', typed, flags),
      chat: (typed, flags) => note('chat', typed, flags),
      chats: (flags) => note('chats', flags),
      call: (typed, flags) => note('call', typed, flags),
      hub: (flags) => note('hub', flags),
    },
    '1.2.3',
    {
      out: (text) => (texts.out += text),
      err: (text) => (texts.err += text),
    },
  );
  return { code, called, ...texts };
}

describe('the command line', () => {
  it("takes every example of the ats-p2p document, with nothing changed but the program's name", async () => {
    const examples = [
      ['send ./data.csv --to agent-b --channel p2p-transfer'],
      ['listen --channel p2p-transfer --save-dir ./incoming'],
      [
        'listen --channel p2p-transfer --actor-id my-agent --ats-url https://ats.difflab.ai',
        { channel: 'p2p-transfer', actorId: 'my-agent', atsUrl: 'https://ats.difflab.ai' },
      ],
      ['status abc'],
    ] as const;
    for (const [line, flags] of examples) {
      const { code, called, err } = await run(...line.split(' '));
      assert.equal(code, 0, err);
      assert.equal(called.length, 1);
      if (flags !== undefined) assert.deepEqual(called, [['listen', flags]]);
    }
  });

  it('leaves out what was not typed, so that files and running engines can speak', async () => {
    assert.deepEqual((await run('listen')).called, [['listen', {}]]);
    assert.deepEqual((await run('hub')).called, [['hub', {}]]);
  });

  it('reads numbers, and repeated flags as lists', async () => {
    const listen =
      '--allow a --allow b --bootstrap h:1 --bootstrap [::1]:2 --max-size 5 --timeout 1000';
    assert.deepEqual((await run('listen', ...listen.split(' '))).called, [
      ['listen', { allow: ['a', 'b'], bootstrap: ['h:1', '[::1]:2'], maxSize: 5, timeout: 1000 }],
    ]);
    assert.deepEqual((await run('send', 'a', 'b', '--to', 'x', '--expires', '5000')).called, [
      ['send', ['a', 'b'], { to: 'x', expires: 5000 }],
    ]);
  });

  it('answers wrong usage with 2 and a sentence that names what is wrong, and runs nothing', async () => {
    const wrong: readonly [string, RegExp][] = [
      ['', /Usage: beeline/],
      ['sned file --to b', /unknown command 'sned'/],
      ['send file', /--to/],
      ['send --to b', /path/],
      ['send file --to', /argument missing/],
      ['send file --to a\tb', /agent id/],
      ['send file --to b --relay abc', /64 hex/],
      ['pair one two', /too many arguments/],
      ['resume xyz', /32 hex digits/],
      [`resume ${'a'.repeat(33)}`, /32 hex digits/],
      ['sync --to b', /path/],
      ['sync folder', /--to/],
      ['sync one two --to b', /too many arguments/],
      ['grants revoke', /id/],
      ['grants revoke ../x', /32 hex digits/],
      ['agents remove', /agent/],
      ['agents forget b', /unknown command|too many arguments/],
      ['agents block b --yes', /unknown option '--yes'/],
      ['agents allow a\u001bb', /agent id/],
      ['send file --to b --expires soon', /whole number/],
      ['send file --to b --timeout 0', /at least 1000/],
      ['send file --to b --timeout 1e9999', /whole number/],
      ['listen --max-size -1', /whole number/],
      ['listen --max-size 10MB', /whole number/],
      ['listen --max-size 99999999999999999999', /whole number/],
      ['listen --bootstrap nowhere', /HOST:PORT/],
      ['listen --bootstrap h:70000', /HOST:PORT/],
      ['listen --colour', /unknown option '--colour'/],
      ['listen extra', /too many arguments/],
      ['hub --port 70000', /65535/],
      ['hub --data d --database-url postgres://x', /cannot be used with/],
    ];
    for (const [line, sentence] of wrong) {
      const { code, called, err, out } = await run(
        ...line.split(' ').filter((part) => part !== ''),
      );
      assert.equal(code, 2, line);
      assert.match(err, sentence, line);
      assert.deepEqual(called, [], line);
      assert.equal(out, '', line);
      assert.ok(!err.includes('    at '), line);
    }
  });

  it('explains itself: each flag and the exit codes are in the help, which fits a terminal', async () => {
    const program = await run('--help');
    assert.equal(program.code, 0);
    assert.match(
      program.out,
      /Exit codes: 0 done, 1 failed, 2 wrong usage, 3 declined, 4 timed out/,
    );
    const flags: Record<string, string> = {
      send: '--to --expires --gitignore',
      listen: '--save-dir --max-size --allow --ask --paired-only --update --allow-delete',
      resume: '',
      sync: '--to --delete --gitignore --once',
      grants: 'revoke',
      pair: '--yes',
      agents: 'remove block unblock allow disallow',
      status: '',
      hub: '--host --port --dht-port --data --database-url --token --json',
    };
    const shared =
      '--channel --ats-url --actor-id --timeout --bootstrap --relay --direct-only --home --json --verbose';
    for (const [command, own] of Object.entries(flags)) {
      const { code, out } = await run(command, '--help');
      assert.equal(code, 0);
      assert.match(out, /Examples:/);
      for (const flag of `${own} ${command === 'hub' ? '' : shared}`.split(' ')) {
        assert.ok(out.includes(flag), `${command} ${flag}`);
      }
      for (const line of out.split('\n')) assert.ok(line.length <= 110, line);
    }
  });

  it('knows its paired agents by names with spaces, and takes options on both sides of a change', async () => {
    const key = 'AB'.repeat(32);
    assert.deepEqual((await run('send', 'f', '--to', "Bob's laptop", '--relay', key)).called, [
      ['send', ['f'], { to: "Bob's laptop", relay: [key.toLowerCase()] }],
    ]);
    assert.deepEqual((await run('pair')).called, [['pair', undefined, {}]]);
    assert.deepEqual((await run('pair', '-', '--yes', '--json')).called, [
      ['pair', '-', { yes: true, json: true }],
    ]);
    assert.deepEqual((await run('agents', '--json')).called, [['agents', { json: true }]]);
    const before = ['agents', '--home', 'h', 'remove', 'bob', '--json', '--yes'];
    assert.deepEqual((await run(...before)).called, [
      ['changeAgent', 'remove', 'bob', { home: 'h', json: true, yes: true }],
    ]);
    assert.deepEqual((await run('status')).called, [['status', undefined, {}]]);
  });

  it('takes ids in either case, and options on both sides of a change', async () => {
    assert.deepEqual((await run('resume')).called, [['resume', undefined, {}]]);
    assert.deepEqual((await run('resume', '0F3A', '--json')).called, [
      ['resume', '0f3a', { json: true }],
    ]);
    assert.deepEqual((await run('sync', 'd', '--to', 'b', '--delete', '--once')).called, [
      ['sync', 'd', { to: 'b', delete: true, once: true }],
    ]);
    assert.deepEqual((await run('grants', '--home', 'h', 'revoke', 'AB', '--json')).called, [
      ['revokeGrant', 'ab', { home: 'h', json: true }],
    ]);
  });

  it('warns in the help what --yes gives away, and that command lines can be read', async () => {
    const { out } = await run('pair', '--help');
    assert.match(out, /--yes +confirm without asking; this trusts whoever has the\s+code/);
    assert.match(out, /Other users of this machine can read command lines: use -/);
  });

  it('says its version', async () => {
    const { code, out } = await run('--version');
    assert.deepEqual([code, out.trim()], [0, '1.2.3']);
  });
});
