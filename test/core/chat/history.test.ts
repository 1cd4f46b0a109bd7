import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DiskShelf } from '../../../src/core/chat/diskShelf';
import { History } from '../../../src/core/chat/history';
import type { KeptMessage } from '../../../src/core/chat/messageLines';
import { HandLane, kidOf, newId, withSides } from './chatFixture';

const COUNT = 20_000;
const numbered = (index: number): string => index.toString(16).padStart(32, '0');

/** Many messages at once, as an engine before this one wrote them. */
async function fill(folder: string, count: number, text: (index: number) => string) {
  const history = await History.load(kidOf('bob'), new DiskShelf(folder), () => undefined);
  for (let from = 0; from < count; from += 500) {
    const messages = Array.from({ length: Math.min(500, count - from) }, (_, index) => ({
      t: (from + index) % 3 === 0 ? 'out' : 'in',
      id: numbered(from + index),
      at: new Date(from + index).toISOString(),
      body: { kind: 'text', text: text(from + index) },
    })) satisfies KeptMessage[];
    await history.add(messages);
  }
}

describe('what was said', function () {
  this.timeout(60_000);
  const sides = withSides();

  it(`is paged through ${COUNT} messages without a gap or a double, and searched`, async () => {
    const alice = await sides.start('alice', 'bob');
    await fill(alice.folder, COUNT, (index) => `message ${index} Straße ΟΔΟΣ ﬁle`);
    await alice.restart();
    const all = await alice.all();
    assert.deepEqual(
      all.map(({ messageId }) => messageId),
      Array.from({ length: COUNT }, (_, index) => numbered(index)),
    );
    const { kid, book } = alice;
    const forward = [];
    let page = await book.messages({ kid, limit: 137, around: numbered(0) });
    assert.equal(page.older, false);
    while (forward.push(...page.messages) < COUNT) {
      assert.equal(page.newer, true);
      page = await book.messages({ kid, limit: 137, after: forward.at(-1)?.messageId ?? '' });
      assert.equal(page.older, true);
    }
    assert.equal(page.newer, false);
    assert.deepEqual(forward, all);
    const around = await book.messages({ kid, limit: 11, around: numbered(777) });
    assert.deepEqual(around.messages, all.slice(772, 783));
    assert.deepEqual([around.older, around.newer], [true, true]);

    const find = async (text: string, limit = 5) =>
      (await book.searchMessages({ kid, text, limit })).map(({ messageId }) => messageId);
    assert.deepEqual(
      await find('MESSAGE 77'),
      ['19977', '19877', '19779', '19778', '19777'].map((n) => numbered(Number(n))),
    );
    assert.deepEqual(await find('strasse οδος FILE 12345'), [numbered(12_345)]);
    assert.deepEqual(await find('12345 nothing'), []);
    assert.deepEqual(await find(' '), []);
    assert.equal((await find('message', 1_000)).length, 200);
    assert.equal((await alice.chat()).unread, all.filter(({ from }) => from === 'agent').length);
  });

  it('is bounded: the oldest leave, in messages as well as in bytes', async () => {
    for (const limits of [
      { messages: 160, bytes: 1_000_000_000 },
      { messages: 1_000_000_000, bytes: 40_000 },
    ]) {
      const alice = await sides.start(`alice-${limits.messages}`, 'bob', { limits });
      const lane = new HandLane(alice.kid, alice).open();
      for (let index = 0; index < 1_000; index++) {
        lane.hearText(`text ${index}`);
        if (index % 10 === 9) await alice.until(() => lane.delivered().length === index + 1);
      }
      for (const restarted of [false, true]) {
        if (restarted) await alice.restart();
        const all = await alice.all();
        const texts = all.map(({ body }) => (body.kind === 'text' ? body.text : ''));
        assert.ok(texts.length >= 100 && texts.length <= 400, `${texts.length} are kept`);
        assert.deepEqual(
          texts,
          Array.from({ length: texts.length }, (_, i) => `text ${1_000 - texts.length + i}`),
        );
        assert.equal((await alice.chat()).unread, texts.length);
      }
      // Those that left are still known: none is shown again.
      const again = new HandLane(alice.kid, alice).open();
      const [first = ''] = lane.delivered();
      again.hearText('text 0', first);
      await alice.until(() => again.delivered().includes(first));
      assert.notEqual((await alice.all()).at(-1)?.messageId, first);
    }
  });

  it('keeps what was read and seen over a restart, with mode 0600 below 0700', async () => {
    const alice = await sides.start('alice', 'bob');
    const lane = new HandLane(alice.kid, alice).open();
    const own = [await alice.say('1'), await alice.say('2'), await alice.say('3')];
    const theirs = [lane.hearText('a'), lane.hearText('b'), lane.hearText('c')];
    await alice.until(() => lane.delivered().length === 3);
    lane.hear({ t: 'delivered', ids: own.slice(0, 2) });
    lane.hear({ t: 'read', id: own[0] ?? '' });
    await alice.book.markRead({ kid: alice.kid, messageId: theirs[1] ?? '' });
    assert.deepEqual(lane.sent.at(-1), { t: 'read', id: theirs[1] });
    for (const last of ['sent', 'waiting']) {
      const states = (await alice.all()).map(({ state }) => state);
      assert.deepEqual(states, ['read', 'delivered', last, 'seen', 'seen', 'received']);
      assert.equal((await alice.chat()).unread, 1);
      await alice.restart();
    }
    for (const name of await readdir(alice.folder)) {
      assert.equal((await stat(path.join(alice.folder, name))).mode & 0o777, 0o600);
    }
    assert.equal((await stat(alice.folder)).mode & 0o777, 0o700);
    assert.equal((await stat(path.dirname(alice.folder))).mode & 0o777, 0o700);
  });

  it('survives torn tails and damaged lines, and tells them once', async () => {
    const alice = await sides.start('alice', 'bob');
    const lane = new HandLane(alice.kid, alice).open();
    const id = await alice.say('mine');
    for (const text of ['a', 'b', 'c']) lane.hearText(text);
    await alice.until(() => lane.delivered().length === 3);
    await alice.book.stop();
    const names = await readdir(alice.folder);
    assert.deepEqual(names.sort(), ['history-000001.jsonl', 'outbox.jsonl', 'received.jsonl']);
    const history = path.join(alice.folder, 'history-000001.jsonl');
    const lines = (await readFile(history, 'utf8')).split('\n');
    assert.match(lines[3] ?? '', /"b"/);
    lines[3] = '\0\0{"t":"in"';
    await writeFile(history, lines.join('\n'));
    for (const name of names) await appendFile(path.join(alice.folder, name), '{"t":"in","id":"');
    await alice.restart();
    const texts = async () =>
      (await alice.all()).map(({ body }) => (body.kind === 'text' ? body.text : ''));
    assert.deepEqual(await texts(), ['mine', 'a', 'c']);
    assert.equal(alice.lines.filter((line) => line.includes('damaged')).length, 1);
    await alice.say('more');
    await alice.restart();
    assert.deepEqual(await texts(), ['mine', 'a', 'c', 'more']);
    const again = new HandLane(alice.kid, alice).open();
    await alice.until(() => again.texts().length === 2);
    assert.deepEqual(again.texts(), ['mine', 'more']);
    assert.equal((await alice.all())[0]?.messageId, id);
  });

  it('of a newer Beeline is left as it is, with a sentence, and nothing is confirmed', async () => {
    const alice = await sides.start('alice', 'bob');
    await alice.say('kept');
    await alice.book.stop();
    for (const name of ['history-000001.jsonl', 'outbox.jsonl']) {
      const file = path.join(alice.folder, name);
      const before = await readFile(file, 'utf8');
      const newer = before.replace('"v":1', '"v":2');
      await writeFile(file, newer);
      alice.events.length = 0;
      await alice.restart();
      const sentence = { code: 'HOME_UNUSABLE', message: /newer Beeline.*update Beeline/ };
      await assert.rejects(alice.say('lost?'), sentence);
      await assert.rejects(alice.all(), sentence);
      const notices = alice.events.filter(({ type }) => type === 'notice');
      assert.equal(notices.length, 1);
      const lane = new HandLane(alice.kid, alice).open();
      lane.hearText('theirs');
      await assert.rejects(alice.chat(), sentence);
      assert.deepEqual(lane.sent, []);
      assert.equal(await readFile(file, 'utf8'), newer);
      await alice.book.stop();
      await writeFile(file, before);
    }
    await alice.restart();
    assert.equal((await alice.all()).length, 1);
  });

  it('that is no file of ours at all is set aside', async () => {
    const alice = await sides.start('alice', 'bob');
    await alice.say('gone');
    await alice.book.stop();
    await writeFile(path.join(alice.folder, 'history-000001.jsonl'), 'hello\nworld\n');
    await alice.restart();
    // What waits is in another file, and is shown again.
    assert.equal((await alice.all()).length, 1);
    assert.ok((await readdir(alice.folder)).includes('history-000001.jsonl.damaged'));
    assert.ok(alice.lines.some((line) => line.includes('set aside')));
  });

  it('shows nothing as waiting that is not in the outbox any more', async () => {
    const alice = await sides.start('alice', 'bob');
    await alice.say('delivered, but the disk was too full to write so');
    await alice.book.stop();
    await rm(path.join(alice.folder, 'outbox.jsonl'));
    await alice.restart();
    assert.deepEqual([(await alice.all())[0]?.state, alice.wanted], ['delivered', false]);
  });

  it('is cleared here only, with what waits; and ids that came stay known', async () => {
    const alice = await sides.start('alice', 'bob');
    const { kid } = alice;
    const lane = new HandLane(kid, alice).open();
    const theirs = lane.hearText('theirs');
    await alice.until(() => lane.delivered().length === 1);
    lane.close();
    await alice.say('waits');
    assert.equal(alice.wanted, true);
    await alice.book.clearMessages({ kid });
    assert.equal(alice.wanted, false);
    assert.ok(alice.events.some((event) => event.type === 'messagesCleared' && event.kid === kid));
    assert.deepEqual(await readdir(alice.folder), ['received.jsonl']);
    await alice.restart();
    const again = new HandLane(kid, alice).open();
    again.hearText('theirs', theirs);
    await alice.until(() => again.delivered().length === 1);
    assert.deepEqual(await alice.all(), []);
    assert.deepEqual(again.texts(), []);
    const { waiting, unread, last } = await alice.chat();
    assert.deepEqual([waiting, unread, last], [0, 0, undefined]);
    await alice.book.forget(kid);
    assert.deepEqual(await readdir(path.dirname(alice.folder)), []);
  });

  it('leaves the disk when it is not to be kept any more, and nothing of it comes there', async () => {
    let keep = true;
    const alice = await sides.start('alice', 'bob', { keepMessages: () => keep });
    const { kid } = alice;
    const onDisk = async () => {
      const names = await readdir(alice.folder);
      const texts = names.map((name) => readFile(path.join(alice.folder, name), 'utf8'));
      return (await Promise.all(texts)).join('');
    };
    const lane = new HandLane(kid, alice).open();
    lane.hearText('first-theirs');
    const first = await alice.say('first-mine');
    await alice.until(() => lane.delivered().length === 1);
    keep = false;
    alice.book.settingsChanged();
    lane.hearText('second-theirs');
    const second = await alice.say('second-mine');
    await alice.until(() => lane.delivered().length === 2);
    assert.doesNotMatch(await onDisk(), /theirs/);
    assert.match(await onDisk(), /first-mine[^]*second-mine/);
    lane.hear({ t: 'delivered', ids: [first] });
    await alice.until(async () => (await alice.chat()).waiting === 1);
    assert.doesNotMatch(await onDisk(), /first-mine/);
    assert.match(await onDisk(), /second-mine/);
    assert.equal((await alice.all()).length, 4);
    lane.hear({ t: 'delivered', ids: [second] });
    await alice.until(async () => (await alice.chat()).waiting === 0);
    assert.doesNotMatch(await onDisk(), /mine/);
    keep = true;
    lane.hearText('third-theirs', newId());
    await alice.until(() => lane.delivered().length === 3);
    assert.equal((await alice.all()).length, 5);
    await alice.restart();
    assert.deepEqual((await alice.all()).length, 1);
    keep = false;
    await alice.restart();
    assert.deepEqual(await alice.all(), []);
    assert.doesNotMatch(await onDisk(), /theirs/);
  });
});
