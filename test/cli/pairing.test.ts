import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import type { CliProcess, JsonLine } from '../support/runCli';
import { withCli } from '../support/runCli';
import { withHub } from '../support/withHub';
import { withInput, type TalkingProcess } from './withInput';

const yes = JSON.stringify({ type: 'answer', accept: true });
const no = JSON.stringify({ type: 'answer', accept: false });

interface Identity {
  readonly id: string;
  readonly name: string;
  readonly kid: string;
  readonly fingerprint: string;
}
const identityIn = (line: JsonLine, field = 'agent'): Identity => line[field] as Identity;

describe('pairing with the shipped program', function () {
  this.timeout(120_000);
  const hub = withHub();
  const cli = withCli();
  const talking = withInput(cli);

  const as = (name: string): string[] => [
    ...['--actor-id', name, '--ats-url', hub.url, '--home', `home-${name}`],
  ];
  const codeOf = async (inviter: CliProcess): Promise<string> =>
    String((await inviter.line('invite'))['code']);
  /** Both ends of a pairing, up to where both are asked. */
  const meet = async (): Promise<{ alice: TalkingProcess; bob: TalkingProcess }> => {
    const alice = talking('pair', '--json', ...as('alice'));
    const bob = talking('pair', '-', '--json', ...as('bob'));
    bob.say(await codeOf(alice));
    await Promise.all([alice.line('confirm'), bob.line('confirm')]);
    return { alice, bob };
  };
  const pairAll = async (): Promise<void> => {
    const alice = cli.start(['pair', '--json', '--yes', ...as('alice')]);
    const bob = cli.start(['pair', await codeOf(alice), '--json', '--yes', ...as('bob')]);
    assert.equal(await alice.end(), 0, alice.stdout + alice.stderr);
    assert.equal(await bob.end(), 0, bob.stdout + bob.stderr);
  };
  const agentsOf = async (name: string): Promise<JsonLine[]> => {
    const list = cli.start(['agents', '--json', ...as(name)]);
    assert.equal(await list.end(), 0, list.stderr);
    return list.lines;
  };
  const change = async (...args: string[]): Promise<CliProcess> => {
    const one = cli.start(['agents', ...args, '--json', ...as('bob')]);
    await one.end();
    return one;
  };
  const received = async (): Promise<string[]> =>
    (await readdir(cli.path('incoming')).catch(() => [])).sort();

  it('shows each side what the other shows of itself, and writes both books on two yes', async () => {
    const { alice, bob } = await meet();
    const invite = await alice.line('invite');
    assert.match(String(invite['link']), /^vscode:\/\//);
    const left = Date.parse(String(invite['expiresAt'])) - Date.now();
    assert.ok(left > 8 * 60_000 && left <= 10 * 60_000, String(left));
    const [seenByAlice, seenByBob] = [await alice.line('confirm'), await bob.line('confirm')];
    for (const [mine, theirs] of [
      [seenByAlice, seenByBob],
      [seenByBob, seenByAlice],
    ] as const) {
      const [shown, own] = [identityIn(mine), identityIn(theirs, 'self')];
      assert.deepEqual([shown.kid, shown.fingerprint], [own.kid, own.fingerprint]);
      assert.equal(shown.id, own.id);
    }
    assert.equal(identityIn(seenByAlice).id, 'bob');

    alice.say(yes);
    await alice.until(() => alice.child.exitCode === null, 'its waiting');
    assert.ok(!alice.lines.some((line) => line.event === 'paired'), 'one yes pairs nobody');
    bob.say(yes);
    assert.equal(await alice.end(), 0, alice.stderr);
    assert.equal(await bob.end(), 0, bob.stderr);
    const paired = identityIn(await alice.line('paired'));
    assert.deepEqual(Object.keys(paired), ['id', 'name', 'kid', 'fingerprint', 'origin']);
    assert.equal(paired.kid, identityIn(seenByAlice).kid);

    const [entry, ...others] = await agentsOf('bob');
    assert.deepEqual(others, []);
    assert.deepEqual(
      [entry?.['id'], entry?.['kid'], entry?.['allowed'], entry?.['blocked']],
      ['alice', identityIn(seenByBob).kid, false, false],
    );
  });

  it('pairs nobody when one says no, and answers 3 on both sides', async () => {
    const { alice, bob } = await meet();
    alice.say(yes);
    bob.say(no);
    assert.equal(await bob.end(), 3);
    assert.equal(await alice.end(), 3, alice.stdout);
    assert.equal((await alice.line('failed'))['code'], 'PAIRING_DECLINED');
    assert.deepEqual(await agentsOf('alice'), []);
    assert.deepEqual(await agentsOf('bob'), []);
  });

  it('pairs nobody when the answer is none, or never comes', async () => {
    const { alice, bob } = await meet();
    bob.say(yes);
    alice.say('{"type":"answer","accept":"true"}');
    assert.equal(await alice.end(), 2);
    assert.match(String((await alice.line('failed'))['message']), /"accept":true/);
    assert.equal(await bob.end(), 3, bob.stdout);
    const again = await meet();
    again.bob.say(yes);
    again.alice.hush();
    assert.equal(await again.alice.end(), 2);
    assert.equal(await again.bob.end(), 3);
  });

  it('ends on both sides when interrupted, and answers 130', async () => {
    const { alice, bob } = await meet();
    bob.say(yes);
    alice.kill('SIGINT');
    assert.equal(await alice.end(), 130);
    assert.notEqual(await bob.end(), 0);
    assert.deepEqual(await agentsOf('bob'), []);
  });

  it('refuses a code that is none, and to confirm without anybody to ask', async () => {
    const wrong = cli.start(['pair', 'K7Q2-K7Q2', '--json', '--yes', ...as('bob')]);
    assert.equal(await wrong.end(), 1);
    assert.equal((await wrong.line('failed'))['code'], 'INVITE_INVALID');
    const empty = talking('pair', '-', '--yes', ...as('bob'));
    empty.hush();
    assert.equal(await empty.end(), 2);
    assert.match(empty.stderr, /brought no code/);
    const nobody = cli.start(['pair', ...as('bob')]);
    assert.equal(await nobody.end(), 2);
    assert.match(nobody.stderr, /--yes/);
    assert.equal(nobody.stdout, '', 'no invite is made that nobody could confirm');
  });

  it('delivers to a paired agent by name, verified on both sides, with one receipt', async () => {
    await pairAll();
    const bytes = randomBytes(2_000_001);
    await writeFile(cli.path('data.bin'), bytes);
    const listener = cli.start(['listen', '--json', '--paired-only', ...as('bob')]);
    assert.equal((await listener.line('listening'))['pairedOnly'], true);
    const [entry] = await agentsOf('alice');
    const prefix = String(entry?.['kid']).slice(0, 8);
    const sender = cli.start(['send', 'data.bin', '--to', prefix, '--json', ...as('alice')]);
    assert.equal(await sender.end(), 0, sender.stdout + sender.stderr);
    const [offered, sent] = [await sender.line('offered'), await sender.line('completed')];
    assert.deepEqual([offered['to'], offered['verified']], ['bob', true]);
    assert.equal(identityIn(offered).kid, entry?.['kid']);

    const offer = await listener.line('offer');
    assert.deepEqual([offer['trust'], offer['from']], ['verified', 'alice']);
    const arrived = await listener.line('completed');
    assert.deepEqual([arrived['verified'], sent['verified']], [true, true]);
    assert.equal(arrived['via'], 'direct');
    assert.match(String(sent['receipt']), /^[0-9a-f]{64}$/);
    assert.equal(arrived['receipt'], sent['receipt']);
    assert.equal(arrived['sha256'], createHash('sha256').update(bytes).digest('hex'));
    assert.ok((await readFile(cli.path('incoming', 'data.bin'))).equals(bytes));

    for (const name of ['alice', 'bob']) {
      const status = cli.start(['status', String(sent['transferId']), '--json', ...as(name)]);
      assert.equal(await status.end(), 0, status.stderr);
      const { local, task } = (await status.line('status')) as unknown as {
        local: { agent: Identity; receipt: string; via: string };
        task: { payload: Record<string, unknown> };
      };
      assert.equal(local.receipt, sent['receipt']);
      assert.equal(local.via, 'direct');
      assert.equal(local.agent.name, name === 'alice' ? 'bob' : 'alice');
      // The service knows that something was sent, not what.
      assert.ok(!JSON.stringify(task).includes('data.bin'));
    }
  });

  it('never accepts by itself what only bears the name of a paired agent', async () => {
    await pairAll();
    await writeFile(cli.path('a.txt'), 'hello');
    // Whoever registers as alice is not alice: another home, another identity, wire version 1.
    const impostor = (to: string, ...more: string[]): CliProcess =>
      cli.start([
        ...['send', 'a.txt', '--to', to, '--json', '--expires', '4000', ...more],
        ...['--actor-id', 'alice', '--ats-url', hub.url, '--home', 'home-impostor'],
      ]);
    for (const flags of [[], ['--allow', 'alice'], ['--paired-only']]) {
      const listener = cli.start(['listen', '--json', ...flags, ...as('bob')]);
      await listener.line('listening');
      const sender = impostor('bob');
      const offer = await listener.line('offer');
      assert.deepEqual([offer['trust'], offer['decision']], ['claims', 'leave'], flags.join(' '));
      assert.equal(await sender.end(), 4, sender.stdout);
      listener.kill('SIGINT');
      await listener.end();
    }
    assert.deepEqual(await received(), []);
  });

  it('leaves open offers alone with --paired-only, and takes them beside verified ones without', async () => {
    await pairAll();
    await writeFile(cli.path('open.txt'), 'open');
    await writeFile(cli.path('proven.txt'), 'proven');
    const listener = cli.start(['listen', '--json', ...as('bob')]);
    await listener.line('listening');
    const open = cli.start(['send', 'open.txt', '--to', 'bob', '--json', ...as('carol')]);
    const proven = cli.start(['send', 'proven.txt', '--to', 'bob', '--json', ...as('alice')]);
    assert.equal(await open.end(), 0, open.stdout);
    assert.equal(await proven.end(), 0, proven.stdout);
    assert.equal((await open.line('completed'))['verified'], false);
    assert.equal((await proven.line('completed'))['verified'], true);
    listener.kill('SIGINT');
    await listener.end();
    const strict = cli.start(['listen', '--json', '--paired-only', ...as('bob')]);
    await strict.line('listening');
    const late = cli.start([
      ...['send', 'open.txt', '--to', 'bob', '--json', '--expires', '5000', ...as('carol')],
    ]);
    assert.equal((await strict.line('offer'))['decision'], 'leave');
    assert.equal(await late.end(), 4);
    assert.deepEqual(await received(), ['open.txt', 'proven.txt']);
  });

  it('goes on by itself when the listener was killed and comes back', async () => {
    await pairAll();
    await writeFile(cli.path('long.bin'), '');
    await truncate(cli.path('long.bin'), 200_000_000);
    const listener = cli.start(['listen', '--json', ...as('bob')]);
    await listener.line('listening');
    const sender = cli.start(['send', 'long.bin', '--to', 'bob', '--json', ...as('alice')]);
    await listener.line('progress', (line) => Number(line['bytes']) > 1_000_000);
    listener.kill('SIGKILL');
    await listener.exited;
    await sender.line('interrupted');
    const next = cli.start(['listen', '--json', ...as('bob')]);
    assert.equal(await sender.end(), 0, sender.stderr);
    assert.equal((await sender.line('completed'))['bytes'], 200_000_000);
    await next.line('listening');
    // The one who goes on with it says so, although another process had accepted it.
    assert.equal((await next.line('completed'))['fileName'], 'long.bin');
    assert.deepEqual(await received(), ['long.bin']);
  });

  it('changes what an agent may do, and forgets it, under any of its names', async () => {
    await pairAll();
    const [alice] = await agentsOf('bob');
    const kid = String(alice?.['kid']);
    const flags = async (): Promise<unknown[]> => {
      const [entry] = await agentsOf('bob');
      return [entry?.['allowed'], entry?.['blocked']];
    };
    const allowed = await change('allow', 'alice');
    assert.deepEqual(identityIn(await allowed.line('changed')).kid, kid);
    assert.deepEqual(await flags(), [true, false]);
    await change('disallow', kid.slice(0, 8).toUpperCase());
    await change('block', kid);
    assert.deepEqual(await flags(), [false, true]);
    await change('unblock', 'alice');
    assert.deepEqual(await flags(), [false, false]);
    const unknown = await change('block', 'nobody');
    assert.equal(unknown.child.exitCode, 1);
    assert.equal((await unknown.line('failed'))['code'], 'AGENT_UNKNOWN');
    const unasked = await change('remove', 'alice');
    assert.equal(unasked.child.exitCode, 2);
    assert.equal((await agentsOf('bob')).length, 1);
    const removed = await change('remove', 'alice', '--yes');
    assert.equal(removed.child.exitCode, 0);
    assert.deepEqual(await agentsOf('bob'), []);
  });

  it('says who this home is, and who is there', async () => {
    await pairAll();
    const listener = cli.start(['listen', '--json', ...as('alice')]);
    await listener.line('listening');
    const status = cli.start(['status', '--json', ...as('bob')]);
    assert.equal(await status.end(), 0, status.stderr);
    const home = await status.line('home');
    const [bob] = await agentsOf('alice');
    assert.equal((home['self'] as Identity).fingerprint, bob?.['fingerprint']);
    const [alice] = home['agents'] as { id: string; online: boolean; via: string }[];
    assert.deepEqual([alice?.id, alice?.online, alice?.via], ['alice', true, 'direct']);
    assert.deepEqual(home['pairings'], []);
    const text = cli.start(['status', ...as('bob')]);
    assert.equal(await text.end(), 0, text.stdout + text.stderr);
    assert.match(text.stdout, /Fingerprint {2}\d{5} /);
    assert.match(text.stdout, /1 paired, 1 online/);
  });
});
