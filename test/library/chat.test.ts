import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  createNode,
  type BeelineNode,
  type IncomingMessage,
  type NodeOptions,
} from '../../src/index';
import { withHub } from '../support/withHub';

const root = path.resolve(__dirname, '../..');
const run = promisify(execFile);
/** Milliseconds after which a step that hangs says so. */
const STEP_MS = 20_000;

/** If this fails, a program that answers for its person misses what it was asked, or answers twice. */
describe('chat between programs', function () {
  this.timeout(90_000);
  const hub = withHub();
  const nodes = new Set<BeelineNode>();
  let folder: string;
  let round = 0;

  beforeEach(async () => {
    round += 1;
    folder = await mkdtemp(path.join(os.tmpdir(), 'bl-'));
  });
  afterEach(async () => {
    await Promise.all([...nodes].map((node) => node.destroy()));
    nodes.clear();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (name: string, options: NodeOptions = {}): Promise<BeelineNode> => {
    const actorId = `${name}-${String(round)}`;
    const node = await createNode({ atsUrl: hub.url, actorId, ...options });
    nodes.add(node);
    return node;
  };
  const stop = async (node: BeelineNode): Promise<void> => {
    nodes.delete(node);
    await node.destroy();
  };
  const pair = async (
    one: BeelineNode,
    other: BeelineNode,
  ): Promise<{ one: string; other: string }> => {
    const invite = await one.invite({ confirm: () => true });
    const seen = await other.pair(invite.code, { confirm: () => true });
    return { one: seen.kid, other: (await invite.paired).kid };
  };
  const collect = (node: BeelineNode): IncomingMessage[] => {
    const got: IncomingMessage[] = [];
    node.on('message', (message) => got.push(message));
    return got;
  };

  it("runs the README's sample as written", async () => {
    const readme = await readFile(path.join(root, 'README.md'), 'utf8');
    const sample = /^Chat between paired nodes[^]*?```js\n([^]*?)```/m.exec(readme)?.[1];
    assert.ok(sample !== undefined, 'the README has no such sample');
    const program = path.join(folder, 'sample.cjs');
    const source = sample
      .replace("'beeline'", JSON.stringify(path.join(root, 'src/index.ts')))
      .replaceAll("actorId: '", `atsUrl: '${hub.url}', actorId: '`);
    await writeFile(program, source);
    const args = ['--import', path.join(root, 'node_modules/tsx/dist/loader.mjs'), program];
    const { stdout } = await run(process.execPath, args, { timeout: 60_000 });
    assert.match(stdout, /^alice: Is the \*build\* green\?$/m);
    assert.match(stdout, /^You asked: Is the \*build\* green\?$/m);
  });

  it('delivers in order and once, tells of typing, and lists what was said on both sides', async () => {
    const [alice, bob] = [await start('alice'), await start('bob')];
    const kids = await pair(bob, alice);
    const got = collect(bob);
    const typing: boolean[] = [];
    bob.on('typing', ({ isTyping, agent }) => {
      assert.equal(agent.kid, kids.other);
      typing.push(isTyping);
    });
    const texts = Array.from({ length: 60 }, (_, index) => `message ${String(index)}`);
    const said = [];
    for (const text of texts) said.push(await alice.say(kids.one, text));
    await inTime('delivery', Promise.all(said.map(({ delivered }) => delivered)));
    await until('all messages', () => got.length >= texts.length);
    assert.deepEqual(
      got.map(({ text }) => text),
      texts,
    );
    await alice.typing(kids.one, true);
    await until('typing', () => typing.at(-1) === true);
    await alice.typing(kids.one, false);
    await until('no typing', () => typing.at(-1) === false);
    const theirs = await bob.messages(kids.other, { limit: 200 });
    const ours = await alice.messages(kids.one, { limit: 200 });
    assert.deepEqual(
      theirs.map(({ messageId }) => messageId),
      said.map(({ messageId }) => messageId),
    );
    assert.deepEqual(
      ours.map(({ messageId }) => messageId),
      said.map(({ messageId }) => messageId),
    );
    assert.equal(got.length, texts.length);
    const [chat] = await alice.chats();
    assert.equal(chat?.waiting, 0);
  });

  it('counts what a listener was given as read, and the other side learns of it', async () => {
    const [alice, bob] = [await start('alice'), await start('bob')];
    const kids = await pair(bob, alice);
    collect(bob);
    const { messageId, delivered } = await alice.say(kids.one, 'seen?');
    await inTime('delivery', delivered);
    await untilAsync('read', async () => {
      const [message] = await alice.messages(kids.one);
      return message?.messageId === messageId && message.state === 'read';
    });
    assert.equal((await bob.chats())[0]?.unread, 0);
  });

  it('keeps messages where they were written until somebody takes chats', async () => {
    const [alice, bob] = [await start('alice'), await start('bob')];
    const kids = await pair(bob, alice);
    const { delivered } = await alice.say(kids.one, 'anybody there?');
    await untilAsync('the reason', async () => {
      const [chat] = await alice.chats();
      return chat?.trouble?.code === 'CHAT_UNAVAILABLE';
    });
    assert.equal((await alice.chats())[0]?.waiting, 1);
    assert.deepEqual(await bob.messages(kids.other), []);
    const got = collect(bob);
    await inTime('delivery', delivered);
    await until('the message', () => got.length === 1);
    assert.equal((await alice.chats())[0]?.trouble, undefined);
  });

  it('gives what came without a listener to the first who listens, also after a restart', async () => {
    const home = path.join(folder, 'bob');
    const alice = await start('alice');
    let bob = await start('bob', { home, acceptChats: true });
    const kids = await pair(bob, alice);
    const { delivered } = await alice.say(kids.one, 'for later');
    await inTime('delivery', delivered);
    await stop(bob);
    bob = await start('bob', { home, acceptChats: true });
    const got = collect(bob);
    await until('the message', () => got.length === 1);
    assert.equal(got[0]?.text, 'for later');
    // Read now: the next start has nothing left to give.
    await untilAsync('nothing unread', async () => (await bob.chats())[0]?.unread === 0);
    await stop(bob);
    bob = await start('bob', { home, acceptChats: true });
    const again = collect(bob);
    const next = await alice.say(kids.one, 'next');
    await inTime('delivery', next.delivered);
    await until('the next', () => again.length > 0);
    assert.deepEqual(
      again.map(({ text }) => text),
      ['next'],
    );
  });

  it('lets a reply be a conversation of two programs', async () => {
    const [alice, bob] = [await start('alice'), await start('bob')];
    const kids = await pair(bob, alice);
    const rounds = 20;
    const got = collect(alice);
    bob.on('message', ({ text, reply }) => reply(String(Number(text) + 1)));
    alice.on('message', ({ text, reply }) => (Number(text) < rounds ? reply(text) : undefined));
    await alice.say(kids.one, '0');
    await until('the last answer', () => got.some(({ text }) => text === String(rounds)));
    assert.deepEqual(
      got.map(({ text }) => Number(text)),
      Array.from({ length: rounds }, (_, i) => i + 1),
    );
  });

  it('refuses strangers, empty and oversized messages, and gives up waiting when it is destroyed', async () => {
    const [alice, bob] = [await start('alice'), await start('bob')];
    await assert.rejects(alice.say('nobody', 'x'), { code: 'AGENT_UNKNOWN' });
    await assert.rejects(alice.say('f'.repeat(64), 'x'), { code: 'AGENT_UNKNOWN' });
    const kids = await pair(bob, alice);
    await assert.rejects(alice.say(kids.one, ''), { code: 'CONFIG_INVALID' });
    await assert.rejects(alice.say(kids.one, 'x'.repeat(64 * 1024)), { code: 'MESSAGE_TOO_LARGE' });
    assert.deepEqual(await alice.messages(kids.one), []);
    const { delivered } = await alice.say(kids.one, 'never');
    const given = assert.rejects(delivered, { code: 'CANCELLED' });
    await stop(alice);
    await inTime('the end of waiting', given);
    await assert.rejects(alice.say(kids.one, 'x'), { code: 'CANCELLED' });
  });

  it('says nothing more to an agent that was removed or blocked', async () => {
    const [alice, bob] = [await start('alice'), await start('bob')];
    const kids = await pair(bob, alice);
    const got = collect(alice);
    const first = await bob.say(kids.other, 'one');
    await inTime('delivery', first.delivered);
    await alice.blockAgent(kids.one);
    await assert.rejects(alice.say(kids.one, 'x'), { code: 'AGENT_BLOCKED' });
    await bob.say(kids.other, 'two');
    await alice.blockAgent(kids.one, false);
    await until('what waited', () => got.length === 2);
    await alice.removeAgent(kids.one);
    await assert.rejects(alice.say(kids.one, 'x'), { code: 'AGENT_UNKNOWN' });
    await assert.rejects(alice.messages(kids.one), { code: 'AGENT_UNKNOWN' });
    assert.deepEqual(await alice.chats(), []);
  });
});

async function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`waited for ${what}`));
    }, STEP_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function until(what: string, done: () => boolean): Promise<void> {
  return untilAsync(what, () => Promise.resolve(done()));
}

async function untilAsync(what: string, done: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + STEP_MS;
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error(`waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
