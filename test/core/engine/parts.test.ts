import assert from 'node:assert/strict';
import { errors } from '../../../src/core/errors';
import type { Task, TaskEvent } from '../../../src/core/ats/types';
import type { Transfer } from '../../../src/core/events';
import { memoryHome } from '../../../src/core/home/memoryHome';
import { ChannelQueue } from '../../../src/core/engine/channelQueue';
import { History } from '../../../src/core/engine/history';
import { patiently } from '../../../src/core/engine/patiently';
import { Peers } from '../../../src/core/engine/peers';
import { readEnded, readIncoming, readOutgoing, samePlace } from '../../../src/core/engine/records';
import { StrangerLimit } from '../../../src/core/engine/strangerLimit';
import { TaskFeed } from '../../../src/core/engine/taskFeed';
import { memoryChannelPair } from '../../support/memoryChannel';

const never = new AbortController().signal;

describe('StrangerLimit', () => {
  it('holds one stranger’s fourth question in a minute, and everybody’s eleventh', () => {
    let now = 0;
    const limit = new StrangerLimit(() => now);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => limit.holds('a')),
      [false, false, false, true],
    );
    const others = Array.from({ length: 9 }, (_, index) => limit.holds(`b${String(index)}`));
    assert.equal(others.filter((held) => held).length, 2);
    now = 60_001;
    assert.equal(limit.holds('a'), false);
  });
});

describe('ChannelQueue', () => {
  it('gives in order, bounds what waits, and closes what nobody took', async () => {
    const queue = new ChannelQueue(2);
    const ends = Array.from({ length: 3 }, () => memoryChannelPair());
    for (const [near] of ends) queue.push(near);
    assert.equal(queue.size, 2);
    assert.equal(await ends[2]?.[1].read(), null, 'the third was closed');
    assert.equal(await queue.next(1000, never), ends[0]?.[0]);
    queue.close();
    assert.equal(await ends[1]?.[1].read(), null);
    const [late, far] = memoryChannelPair();
    queue.push(late);
    assert.equal(await far.read(), null);
  });

  it('wakes who waits, gives up after a time, and rejects with the signal’s reason', async () => {
    const queue = new ChannelQueue(2);
    const waiting = queue.next(5000, never);
    const [near] = memoryChannelPair();
    queue.push(near);
    assert.equal(await waiting, near);
    assert.equal(await queue.next(1, never), undefined);
    const ending = new AbortController();
    const ended = queue.next(5000, ending.signal);
    ending.abort(errors.cancelled());
    await assert.rejects(ended, { code: 'CANCELLED' });
  });
});

describe('TaskFeed', () => {
  const event = (updatedAt: string, type: TaskEvent['type'] = 'seen'): TaskEvent => ({
    type,
    task: { id: 1, status: 'pending', updatedAt } as Task,
  });

  it('tells what is known at once, drops echoes, and settles once', async () => {
    const feed = new TaskFeed();
    feed.tell(event('2'));
    feed.tell(event('1'));
    assert.equal(feed.latest?.updatedAt, '2');
    const at = ({ task }: TaskEvent) => (task.updatedAt >= '2' ? task.updatedAt : undefined);
    assert.equal(await feed.until(at, never), '2');
    const later = feed.until(({ task }) => (task.updatedAt === '3' ? 'three' : undefined), never);
    feed.tell(event('3', 'task.updated'));
    feed.tell(event('4'));
    assert.equal(await later, 'three');
    const thrower = (): never => {
      throw errors.offerTaken('x');
    };
    await assert.rejects(feed.until(thrower, never), { code: 'OFFER_TAKEN' });
    const aborted = AbortSignal.abort(errors.cancelled());
    await assert.rejects(feed.until(at, aborted), { code: 'CANCELLED' });
  });
});

describe('patiently', () => {
  it('waits for a service that is away, not for one that refuses, and ends with the signal', async () => {
    let tries = 0;
    const away = (): Promise<string> => {
      tries += 1;
      return tries < 2 ? Promise.reject(errors.atsUnreachable('x')) : Promise.resolve('there');
    };
    assert.equal(await patiently(away, never), 'there');
    const refused = (): Promise<never> => Promise.reject(errors.atsConflict('no'));
    await assert.rejects(patiently(refused, never), { code: 'ATS_CONFLICT' });
    const ending = new AbortController();
    const gone = patiently(() => Promise.reject(errors.atsUnreachable('x')), ending.signal);
    ending.abort(errors.cancelled());
    await assert.rejects(gone, { code: 'CANCELLED' });
  });
});

describe('records', () => {
  it('are read only when they are whole and of this version', () => {
    const place = { atsUrl: 'http://a', actorId: 'alice' };
    const source = { path: '/a', name: 'a', size: 1, mtimeNs: '1', ino: '1' };
    const outgoing = {
      ...{ version: 1, place, transferId: 't', source, recipientId: 'bob', channel: 'c' },
      ...{ startedAt: 's', expiresAt: 'e', seed: '00', futureField: true },
    };
    assert.equal(readOutgoing(outgoing)?.transferId, 't');
    for (const bad of [null, 'text', [], { ...outgoing, version: 2 }, { ...outgoing, seed: 1 }]) {
      assert.equal(readOutgoing(bad), undefined);
      assert.equal(readIncoming(bad), undefined);
      assert.equal(readEnded(bad), undefined);
    }
    assert.ok(samePlace(place, { ...place }));
    assert.ok(!samePlace(place, { ...place, project: 'other' }));
  });
});

describe('History', () => {
  const ended = (id: number): Transfer => ({
    transferId: String(id),
    direction: 'send',
    peerId: 'bob',
    fileName: 'a',
    kind: 'file',
    roots: 1,
    entries: 1,
    fileSize: 1,
    channel: 'c',
    startedAt: new Date(id * 1000).toISOString(),
    state: { kind: 'failed', error: { code: 'CANCELLED', message: 'Cancelled.' } },
  });

  it('reads lines from before there were folders as those of a file', async () => {
    const home = memoryHome();
    const { kind: _, roots: __, entries: ___, ...old } = ended(1);
    await home.write('history', '1', old);
    assert.deepEqual((await History.open(home)).find('1'), ended(1));
  });

  it('keeps the newest 200, each once, also on disk', async () => {
    const home = memoryHome();
    const history = await History.open(home);
    for (let id = 0; id < 205; id++) await history.add(ended(id));
    await history.add(ended(204));
    assert.equal(history.list().length, 200);
    assert.equal(history.list()[0]?.transferId, '204');
    assert.equal(history.find('4'), undefined);
    assert.equal((await home.readAll('history')).length, 200);
    assert.deepEqual((await History.open(home)).list(), history.list());
  });
});

describe('Peers', () => {
  it('are known and blocked per service, and survive a damaged record', async () => {
    const home = memoryHome();
    const peers = await Peers.open(home);
    await peers.remember('http://a', 'bob');
    await peers.block('http://a', 'eve', true);
    await peers.block('http://a', 'eve', true);
    const again = await Peers.open(home);
    assert.ok(again.isKnown('http://a', 'bob'));
    assert.ok(!again.isKnown('http://b', 'bob'));
    assert.deepEqual([again.blocked('http://a'), again.blocked('http://b')], [['eve'], []]);
    await again.block('http://a', 'eve', false);
    assert.deepEqual(again.blocked('http://a'), []);
    await home.write('settings', 'peers', { version: 9 });
    assert.deepEqual((await Peers.open(home)).blocked('http://a'), []);
  });
});
