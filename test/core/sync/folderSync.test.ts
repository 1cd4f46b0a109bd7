import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Agent } from '../../../src/core/events';
import {
  type FollowOptions,
  type FollowState,
  followFolder,
} from '../../../src/core/sync/folderSync';
import { failsWith } from '../transfer/transferFixture';
import { withFolder } from '../transfer/source/sourceFixture';
import { EngineByHand } from './engineByHand';

/** Whatever is in the folder when nothing changes any more has been offered, in one round at a time. */
describe('following a folder', function () {
  this.timeout(60_000);

  it('offers it at once, and again after each change', () =>
    withFollowed({}, async ({ hand, root, reaches }) => {
      const first = await hand.offered(1);
      assert.deepEqual(first.paths, [root]);
      assert.deepEqual(first.sync, { delete: false });
      assert.equal(first.recipientId, 'agent-b');
      await reaches('inStep');
      await writeFile(path.join(root, 'added'), '');
      await hand.offered(2);
      assert(hand.lists[1]?.includes('p/added'));
      await reaches('inStep');
      await writeFile(path.join(root, 'added'), 'changed');
      await hand.offered(3);
      await reaches('inStep');
      await mkdir(path.join(root, 'deep/er'), { recursive: true });
      await hand.offered(4);
      await reaches('inStep');
      await writeFile(path.join(root, 'deep/er/x'), '');
      await hand.offered(5);
      await reaches('inStep');
      await rm(path.join(root, 'deep'), { recursive: true });
      await hand.offered(6);
      assert(!hand.lists[5]?.includes('p/deep'));
    }));

  it('says what it was told: whose, whether to delete, and what to leave out', () =>
    withFollowed(
      { delete: true, agent: 'kid', channel: 'c', leaveOutIgnored: true },
      async (it) => {
        const { transferId, paths, ...rest } = await it.hand.offered(1);
        assert.match(transferId, /^[0-9a-f]{32}$/);
        assert.deepEqual(paths, [it.root]);
        assert.deepEqual(rest, {
          recipientId: 'agent-b',
          agent: 'kid',
          channel: 'c',
          leaveOutIgnored: true,
          sync: { delete: true },
        });
      },
    ));

  it('makes one round of thousands of changes, and never two at a time', () =>
    withFollowed({ ends: ['hold'], debounceMs: 150 }, async ({ hand, root, reaches }) => {
      const { transferId } = await hand.offered(1);
      await reaches('round');
      for (let index = 0; index < 2_000; index++) {
        await writeFile(path.join(root, `f${index}`), '');
      }
      assert.equal(hand.offers.length, 1);
      hand.complete(transferId);
      await hand.offered(2);
      await reaches('inStep');
      // The system may tell of the last of them only after the round began.
      while (hand.lists.at(-1)?.length !== 2_002) await hand.offered(hand.offers.length + 1);
      assert.equal(hand.mostRunning, 1);
      const rounds = hand.lists.length;
      assert(rounds <= 4, `${rounds} rounds`);
    }));

  it('tries again when something changes, when the agent is back, and after a while', () =>
    withFollowed(
      { ends: ['TOO_LARGE', 'AGENT_OFFLINE', 'PEER_ERROR'] },
      async ({ hand, root, reaches }) => {
        assert.equal((await reaches('failed')).again, 'change');
        await writeFile(path.join(root, 'smaller'), '');
        await hand.offered(2);
        assert.equal((await reaches('failed')).again, 'agent');
        hand.tell({ type: 'agents', agents: [agent('somebody-else', 'online')] });
        hand.tell({ type: 'agents', agents: [agent('agent-b', 'offline')] });
        await new Promise((resolve) => setTimeout(resolve, 200));
        assert.equal(hand.offers.length, 2);
        hand.tell({ type: 'agents', agents: [agent('agent-b', 'online')] });
        await hand.offered(3);
        assert.equal((await reaches('failed')).again, 'while');
        await hand.offered(4);
        await reaches('inStep');
      },
    ));

  for (const code of ['DECLINED', 'AGENT_UNKNOWN', 'IDENTITY_CHANGED'] as const) {
    it(`ends when trying again makes no sense: ${code}`, () =>
      withFollowed({ ends: [code] }, async ({ hand, following }) => {
        await failsWith(code, following);
        assert.equal(hand.listeners, 0);
      }));
  }

  it('waits while the folder is gone or moved away, and goes on when it is back', () =>
    withFollowed({ delete: true }, async ({ hand, root, reaches }) => {
      await reaches('inStep');
      await rename(root, `${root}-away`);
      await reaches('gone');
      const before = hand.offers.length;
      await writeFile(path.join(`${root}-away`, 'meanwhile'), '');
      await rename(`${root}-away`, root);
      await hand.offered(before + 1);
      assert(hand.lists.at(-1)?.includes('p/meanwhile'));
      await reaches('inStep');
      await rm(root, { recursive: true });
      await reaches('gone');
      // Never an empty list, which would have removed everything at the recipient's.
      assert(hand.lists.every((list) => list.includes('p/x')));
      await mkdir(root);
      await writeFile(path.join(root, 'x'), 'new');
      await reaches('inStep');
      const rounds = hand.offers.length;
      await writeFile(path.join(root, 'watched again'), '');
      await hand.offered(rounds + 1);
    }));

  it('does not notice what is left out, but rules that change', () =>
    withFollowed({ leaveOutIgnored: true }, async ({ hand, root, reaches }) => {
      await reaches('inStep');
      await writeFile(path.join(root, '.gitignore'), 'out/\n*.log\n');
      await hand.offered(2);
      await reaches('inStep');
      await mkdir(path.join(root, 'out'));
      for (let index = 0; index < 50; index++) {
        await writeFile(path.join(root, 'out', String(index)), '');
        await writeFile(path.join(root, `${index}.log`), '');
      }
      await mkdir(path.join(root, '.beeline-0123456789abcdef.part'));
      await writeFile(path.join(root, 'seen'), '');
      await hand.offered(3);
      await reaches('inStep');
      assert.equal(hand.offers.length, 3);
      assert(!hand.lists.flat().some((each) => /out|\.log|\.part/.test(each)));
    }));

  it('cancels the round that is running when it ends', () =>
    withFollowed({ ends: ['hold'] }, async ({ hand, end, following, reaches }) => {
      const { transferId } = await hand.offered(1);
      await reaches('round');
      end.abort();
      await following;
      assert.deepEqual(hand.cancelled, [transferId]);
      assert.equal(hand.listeners, 0);
    }));

  it('begins anew when another process takes over that knows nothing of the round', () =>
    withFollowed({ ends: ['hold'] }, async ({ hand, reaches }) => {
      await hand.offered(1);
      await reaches('round');
      const snapshot = { transfers: [], agents: [] };
      hand.tell({ type: 'moved', snapshot } as unknown as Parameters<typeof hand.tell>[0]);
      assert.equal((await reaches('failed')).error.code, 'INTERRUPTED');
      await hand.offered(2);
    }));

  it('takes folders only, and such as are there', () =>
    withFolder(async (folder) => {
      await writeFile(path.join(folder, 'file'), '');
      const hand = new EngineByHand();
      const follow = (name: string): Promise<void> =>
        followFolder({
          engine: hand.engine,
          path: path.join(folder, name),
          recipientId: 'agent-b',
          delete: false,
          signal: AbortSignal.timeout(5_000),
        });
      await failsWith('CONFIG_INVALID', follow('file'));
      await failsWith('PATH_NOT_FOUND', follow('nothing'));
    }));

  it('looks for changes by itself where the system watches no more files', function () {
    const script = path.join(import.meta.dirname, 'followWithoutWatches.ts');
    const node = `exec ${process.execPath} --import=tsx ${script}`;
    const limited = `echo 5 > /proc/sys/user/max_inotify_watches && ${node}`;
    const child = spawnSync('unshare', ['-Ur', 'sh', '-c', limited], {
      encoding: 'utf8',
      timeout: 45_000,
    });
    if (child.error !== undefined || /unshare failed|Permission denied/.test(child.stderr)) {
      this.test?.title && (this.test.title += ' (skipped: a limit of its own cannot be set here)');
      this.skip();
    }
    assert.equal(child.stdout, 'polling noticed\n', child.stderr);
  });
});

interface Followed {
  readonly hand: EngineByHand;
  readonly root: string;
  readonly end: AbortController;
  readonly following: Promise<void>;
  /** The next state of this kind that nobody has waited for yet. */
  readonly reaches: <K extends FollowState['kind']>(
    kind: K,
  ) => Promise<FollowState & { readonly kind: K }>;
}

async function withFollowed(
  options: Partial<FollowOptions> & { readonly ends?: EngineByHand['ends'] },
  test: (followed: Followed) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const root = path.join(folder, 'p');
    await mkdir(root);
    await writeFile(path.join(root, 'x'), '');
    const { ends = [], ...rest } = options;
    const hand = new EngineByHand();
    hand.ends.push(...ends);
    const states: FollowState[] = [];
    let notify = (): void => undefined;
    let seen = 0;
    const end = new AbortController();
    const following = followFolder({
      engine: hand.engine,
      path: root,
      recipientId: 'agent-b',
      delete: false,
      debounceMs: 40,
      onRound: (state) => {
        states.push(state);
        notify();
      },
      signal: end.signal,
      ...rest,
    });
    following.catch(() => undefined);
    const reaches = async <K extends FollowState['kind']>(kind: K) => {
      const deadline = performance.now() + 20_000;
      for (;;) {
        const at = states.findIndex((state, index) => index >= seen && state.kind === kind);
        if (at >= 0) {
          seen = at + 1;
          return states[at] as FollowState & { readonly kind: K };
        }
        assert(performance.now() < deadline, `no ${kind} after ${JSON.stringify(states)}`);
        await new Promise<void>((resolve) => {
          notify = resolve;
          setTimeout(resolve, 1_000);
        });
      }
    };
    try {
      await test({ hand, root, end, following, reaches });
    } finally {
      end.abort();
      await following.catch(() => undefined);
    }
  });
}

function agent(actorId: string, kind: 'online' | 'offline'): Agent {
  return { actorId, kid: actorId, presence: { kind } } as Agent;
}
