import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DiskShelf } from '../../../src/core/chat/diskShelf';
import { readGlimpse } from '../../../src/core/chat/glimpse';
import { History } from '../../../src/core/chat/history';
import { HandLane, kidOf, newId, type Side, withSides } from './chatFixture';

/** If this fails, an engine reads years of talk before it starts, or shows a list that is not true. */
describe('a conversation that nobody opened since the start', function () {
  this.timeout(60_000);
  const sides = withSides();
  let keeps = true;
  const options = { keepMessages: () => keeps };
  beforeEach(() => {
    keeps = true;
  });

  /** Two messages of bob of which one was seen, and one of alice; all of it is settled. */
  async function talked(): Promise<Side> {
    const alice = await sides.start('alice', 'bob', options);
    const lane = new HandLane(alice.kid, alice).open();
    const [seen, unseen] = [newId(), newId()];
    const own = await alice.say('mine');
    lane.hear({ t: 'delivered', ids: [own] });
    lane.hearText('seen', seen);
    lane.hearText('unseen words', unseen);
    await alice.until(() => lane.delivered().includes(unseen));
    await alice.book.markRead({ kid: alice.kid, messageId: seen });
    return alice;
  }

  const listed = ({ book }: Side) => {
    const [chat] = book.chats();
    return { unread: chat?.unread, waiting: chat?.waiting, last: chat?.last };
  };
  const fileOf = ({ folder }: Side): string => path.join(folder, 'glimpse.json');
  const isUnread = async ({ folder, kid }: Side): Promise<boolean> =>
    (await readGlimpse(kid, new DiskShelf(folder))) !== undefined;

  it('is listed as it was, unread, without a word of it in another place', async () => {
    const alice = await talked();
    const before = listed(alice);
    await alice.restart();
    assert.deepEqual(listed(alice), before);
    assert.equal(before.unread, 1);
    assert.ok(await isUnread(alice));
    const text = await readFile(fileOf(alice), 'utf8');
    assert.ok(!text.includes('words') && !text.includes('mine'));
    if (process.platform !== 'win32') assert.equal((await stat(fileOf(alice))).mode & 0o777, 0o600);
    // Another start after one in which nobody looked.
    await alice.restart();
    assert.deepEqual(listed(alice), before);
    assert.deepEqual(
      (await alice.all()).map(({ state }) => state),
      ['delivered', 'seen', 'received'],
    );
    assert.ok(!(await isUnread(alice)));
  });

  it('takes part as any other once something is said', async () => {
    const alice = await talked();
    const first = listed(alice).last?.messageId ?? '';
    await alice.restart();
    const lane = new HandLane(alice.kid, alice).open();
    lane.hearText('again', first);
    const id = newId();
    lane.hearText('more', id);
    await alice.until(() => lane.delivered().includes(id));
    assert.equal(listed(alice).unread, 2);
    assert.equal((await alice.all()).length, 4);
  });

  it('is read at the start when something waits in it', async () => {
    const alice = await talked();
    await alice.say('waits');
    await alice.restart();
    assert.ok(alice.wanted);
    assert.equal(listed(alice).waiting, 1);
  });

  const damages: readonly [string, (alice: Side) => Promise<void>][] = [
    ['half of it', async (alice) => writeFile(fileOf(alice), '{"version":1,"par')],
    ['another version', async (alice) => change(alice, { version: 2 })],
    ['numbers that are none', async (alice) => change(alice, { unread: -1 })],
    ['an endless message', async (alice) => changeLast(alice, { length: 2 ** 40 })],
    ['a file elsewhere', async (alice) => changeLast(alice, { name: '../received.jsonl' })],
    ['another place', async (alice) => changeLast(alice, { offset: 3 })],
    ['another message', async (alice) => changeLast(alice, { id: newId() })],
    [
      'a history that went on without it',
      async (alice) => {
        const at = new Date().toISOString();
        const line = { t: 'in', id: newId(), at, body: { kind: 'text', text: 'late' } };
        await appendFile(historyOf(alice), `${JSON.stringify(line)}\n`);
      },
    ],
  ];
  const historyOf = ({ folder }: Side): string => path.join(folder, 'history-000001.jsonl');
  async function change(alice: Side, with_: object): Promise<void> {
    const record = JSON.parse(await readFile(fileOf(alice), 'utf8')) as object;
    await writeFile(fileOf(alice), JSON.stringify({ ...record, ...with_ }));
  }
  async function changeLast(alice: Side, with_: object): Promise<void> {
    const { last } = JSON.parse(await readFile(fileOf(alice), 'utf8')) as { last: object };
    await change(alice, { last: { ...last, ...with_ } });
  }
  for (const [what, damage] of damages) {
    it(`is read after all when what was left of it is not true: ${what}`, async () => {
      const alice = await talked();
      await alice.book.stop();
      await damage(alice);
      const again = await sides.start('alice', 'bob', { ...options, home: alice.home });
      const history = await History.load(again.kid, new DiskShelf(again.folder), () => undefined);
      const { unread, last } = listed(again);
      const [newest] = await history.slice(history.size - 1, history.size);
      assert.deepEqual([unread, last], [history.unread, newest]);
      assert.ok(!(await isUnread(again)));
    });
  }

  it('is gone with its history', async () => {
    const alice = await talked();
    await alice.restart();
    await alice.book.clearMessages({ kid: alice.kid });
    await alice.restart();
    assert.deepEqual(await readdir(alice.folder), ['received.jsonl']);
    assert.deepEqual(listed(alice), { unread: 0, waiting: 0, last: undefined });
  });

  it('leaves the disk when it is not to be kept any more, and is shown until the end', async () => {
    const alice = await talked();
    await alice.restart();
    keeps = false;
    alice.book.settingsChanged();
    assert.equal((await alice.all()).length, 3);
    assert.deepEqual(await readdir(alice.folder), ['received.jsonl']);
    await alice.restart();
    assert.equal((await alice.all()).length, 0);
    assert.equal(kidOf('bob'), alice.kid);
  });

  it('is not read when a setting changes that has nothing to do with it', async () => {
    const alice = await talked();
    await alice.restart();
    alice.book.settingsChanged();
    await alice.book.stop();
    assert.ok(await isUnread(alice));
  });
});
