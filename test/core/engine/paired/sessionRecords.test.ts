import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Task } from '../../../../src/core/ats/types';
import { MAX_KEPT } from '../../../../src/core/engine/paired/sessions/sessionRecords';
import { openFileHome } from '../../../../src/core/home/fileHome';
import type { Home } from '../../../../src/core/home/home';
import { pairUp } from '../../../support/pairUp';
import { attend, said, say } from '../../../support/talking';
import { tcpGate, type TcpGate } from '../../../support/tcpGate';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

interface Kept {
  readonly place: { readonly atsUrl: string };
  readonly session: { readonly id: string };
  readonly end?: unknown;
}

/** If this fails, sessions of which the service knows nothing stay unknown to it after a restart. */
describe('the record of a session that was arranged while the service was away', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  let gate: TcpGate;
  let isOpen = true;
  let home: Home;
  let lines: string[];
  beforeEach(async () => {
    gate = await tcpGate(hub.url);
    isOpen = true;
    lines = [];
    home = await openFileHome(engines.path('home-alice'), (line) => lines.push(line));
  });
  afterEach(async () => {
    if (isOpen) await gate.shut();
  });
  const shut = async (): Promise<void> => {
    await gate.shut();
    isOpen = false;
  };
  const open = async (): Promise<void> => {
    await gate.open();
    isOpen = true;
  };

  const kept = async (): Promise<readonly Kept[]> =>
    (await home.readAll('sessions')) as readonly Kept[];
  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    const deadline = performance.now() + 40_000;
    while (!(await holds())) {
      assert.ok(performance.now() < deadline, what);
      await delay(20);
    }
  };
  const audits = async (agent: Agent, sessionId: string): Promise<readonly Task[]> => {
    const tasks = await agent.client.listTasks({ type: 'session_audit' });
    return tasks.filter(({ payload }) => payload['session_id'] === sessionId);
  };
  const start = (): Promise<Agent> => engines.start('alice', { atsUrl: gate.url, home });

  /** Alice asks bob for a chat and says something, while nobody but the two can know of it. */
  async function talk(): Promise<{ readonly alice: Agent; readonly running: Kept }> {
    const options = { atsUrl: gate.url };
    const [alice, bob] = await Promise.all([start(), engines.start('bob', options)]);
    await pairUp(alice, bob);
    await Promise.all([attend(alice), attend(bob)]);
    await shut();
    await say(alice, bob, 'between the two');
    await bob.until('the message', () => said(bob).includes('between the two'));
    await until('it is on disk', async () => (await kept()).length === 1);
    const [running] = await kept();
    assert.ok(running !== undefined && running.end === undefined);
    return { alice, running };
  }

  it('is written after a restart, once, and tells nothing of what was said', async () => {
    const { alice, running } = await talk();
    const { id } = running.session;
    await engines.stop(alice);
    const [ended] = await kept();
    assert.ok(ended?.end !== undefined);
    assert.ok(!JSON.stringify(ended).includes('between the two'));
    const folder = path.join(home.folder ?? '', 'sessions');
    if (process.platform !== 'win32') {
      assert.equal((await stat(path.join(folder, `${id}.json`))).mode & 0o777, 0o600);
      assert.equal((await stat(folder)).mode & 0o777, 0o700);
    }
    const again = await start();
    await open();
    await until('the record', async () => (await audits(again, id))[0]?.status === 'completed');
    const [task] = await audits(again, id);
    const [output] = task?.outputs as Record<string, unknown>[];
    assert.equal(output?.['reason'], 'stopped');
    assert.equal(task?.payload['signed'], undefined);
    await until('nothing waits any more', async () => (await kept()).length === 0);
    // An engine that was killed before it heard that the record is there.
    await engines.stop(again);
    await home.write('sessions', id, ended);
    await start();
    await until('nothing waits any more', async () => (await kept()).length === 0);
    assert.equal((await audits(again, id)).length, 1);
  });

  it('says so when its engine was killed in the middle of it', async () => {
    const { alice, running } = await talk();
    const { id } = running.session;
    await engines.stop(alice);
    await home.write('sessions', id, running);
    const again = await start();
    await open();
    await until('the record', async () => (await audits(again, id))[0]?.status === 'failed');
  });

  it('is lost alone when it is damaged, and stays when it is not understood or of elsewhere', async () => {
    const { alice, running } = await talk();
    await engines.stop(alice);
    const [ended] = await kept();
    assert.ok(ended !== undefined);
    const { id } = ended.session;
    const folder = path.join(home.folder ?? '', 'sessions');
    const named = (digit: string): string => digit.repeat(32);
    const other = (digit: string, more: object = {}): object => {
      const { session, ...rest } = structuredClone(running);
      return { ...rest, session: { ...session, id: named(digit) }, ...more };
    };
    const elsewhere = { ...running.place, atsUrl: 'http://127.0.0.1:9' };
    await writeFile(path.join(folder, `${named('a')}.json`), '{"version":1,"place":{"at');
    await home.write('sessions', named('b'), other('b', { version: 2 }));
    await home.write(
      'sessions',
      named('c'),
      other('c', { end: { kind: 'complete', outputs: [] } }),
    );
    await home.write('sessions', named('d'), other('d', { place: elsewhere }));
    await home.write('sessions', '../../book', other('e', { session: { id: '../../book' } }));
    const again = await start();
    await open();
    await until('the record', async () => (await audits(again, id))[0]?.status === 'completed');
    await until('it is forgotten', async () => !(await readdir(folder)).includes(`${id}.json`));
    const left = (await readdir(folder)).sort();
    assert.deepEqual(
      left.filter((name) => !name.startsWith('x-')),
      [`${named('a')}.json.damaged`, ...['b', 'c', 'd'].map((digit) => `${named(digit)}.json`)],
    );
    assert.equal(left.length, 5);
    assert.equal(lines.filter((line) => line.includes('damaged')).length, 1);
    const all = await again.client.listTasks({ type: 'session_audit' });
    for (const digit of ['a', 'b', 'c', 'd']) {
      assert.ok(all.every(({ payload }) => payload['session_id'] !== named(digit)));
    }
  });

  it('is one of so many at most; the newest are kept', async () => {
    const { alice, running } = await talk();
    await engines.stop(alice);
    const idOf = (index: number): string => index.toString(16).padStart(32, '0');
    const count = MAX_KEPT + 20;
    const place = { ...running.place, atsUrl: 'http://127.0.0.1:9' };
    for (let index = 0; index < count; index++) {
      const startedAt = new Date(index * 1000).toISOString();
      const session = { ...running.session, id: idOf(index) };
      await home.write('sessions', session.id, { ...running, place, session, startedAt });
    }
    await start();
    await until('the oldest are gone', async () => (await kept()).length === MAX_KEPT);
    const ids = (await kept()).map(({ session }) => session.id);
    assert.ok(ids.includes(idOf(count - 1)) && !ids.includes(idOf(0)));
  });
});
