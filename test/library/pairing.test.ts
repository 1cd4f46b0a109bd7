import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  createNode,
  type Agent,
  type BeelineNode,
  type FileOffer,
  type NodeOptions,
  type ReceiveResult,
  type SendResult,
} from '../../src/index';
import { withHub } from '../support/withHub';

describe('paired nodes of the library', function () {
  this.timeout(90_000);
  const hub = withHub();
  const nodes: BeelineNode[] = [];
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-library-'));
  });
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.destroy()));
    await rm(folder, { recursive: true, force: true });
  });

  const node = async (actorId: string, options: NodeOptions = {}): Promise<BeelineNode> => {
    const made = await createNode({ atsUrl: hub.url, actorId, ...options });
    nodes.push(made);
    return made;
  };
  const file = async (name: string, bytes: Buffer | string = 'hello'): Promise<string> => {
    await writeFile(path.join(folder, name), bytes);
    return path.join(folder, name);
  };
  const paired = async (): Promise<{
    alice: BeelineNode;
    bob: BeelineNode;
    agents: readonly [Agent, Agent];
  }> => {
    const [alice, bob] = await Promise.all([node('alice'), node('bob')]);
    const confirm = (): boolean => true;
    const invite = await alice.invite({ confirm });
    const agents = await Promise.all([invite.paired, bob.pair(invite.code, { confirm })]);
    return { alice, bob, agents };
  };

  it('ask listeners with what each side shows, and know each other on two yes', async () => {
    const [alice, bob] = await Promise.all([node('alice'), node('bob')]);
    const shown = new Map<string, { card: string; own: string }>();
    for (const [name, one] of Object.entries({ alice, bob })) {
      one.on('pairing', ({ card, ownFingerprint, accept }) => {
        shown.set(name, { card: card.fingerprint, own: ownFingerprint });
        accept();
      });
    }
    const invite = await alice.invite();
    const [byAlice, byBob] = await Promise.all([invite.paired, bob.pair(invite.link)]);
    assert.deepEqual([byAlice.actorId, byBob.actorId], ['bob', 'alice']);
    assert.equal(shown.get('alice')?.card, shown.get('bob')?.own);
    assert.equal(shown.get('bob')?.card, shown.get('alice')?.own);
    assert.deepEqual(
      (await alice.agents()).map(({ kid }) => kid),
      [byAlice.kid],
    );
  });

  it('pair with nobody whom a listener declines, or for whom nobody listens', async () => {
    const [alice, bob] = await Promise.all([node('alice'), node('bob')]);
    alice.on('pairing', ({ decline }) => {
      decline();
    });
    const first = await alice.invite();
    await assert.rejects(bob.pair(first.code, { confirm: () => true }), {
      code: 'PAIRING_DECLINED',
    });
    await assert.rejects(first.paired, { code: 'DECLINED' });
    const second = await bob.invite();
    const refused = assert.rejects(second.paired, { code: 'CONFIG_INVALID', message: /confirm/ });
    await assert.rejects(alice.pair(second.code, { confirm: () => true }));
    await refused;
    assert.deepEqual([await alice.agents(), await bob.agents()], [[], []]);
    await assert.rejects(alice.pair('K7Q2', { confirm: () => true }), { code: 'INVITE_INVALID' });
  });

  it('end their invites with themselves', async () => {
    const alice = await node('alice');
    const [taken, left] = await Promise.all([alice.invite(), alice.invite()]);
    const [one, other] = [
      assert.rejects(taken.paired, { code: 'CANCELLED' }),
      assert.rejects(left.paired, { code: 'CANCELLED' }),
    ];
    await taken.cancel();
    await one;
    await alice.destroy();
    await other;
  });

  it('send to an actor id or key id as verified, with a list that can be looked at first', async () => {
    const { alice, bob, agents } = await paired();
    const bytes = randomBytes(500_000);
    const filePath = await file('a.bin', bytes);
    const offers: FileOffer[] = [];
    const lists: unknown[] = [];
    const accepted: Promise<ReceiveResult>[] = [];
    bob.on('file', async (offer) => {
      offers.push(offer);
      lists.push(await offer.preview());
      accepted.push(offer.accept(`${folder}/saved/`));
    });
    bob.watch();
    for (const recipientId of ['bob', agents[0].kid]) {
      await alice.send({ filePath, recipientId });
    }
    await Promise.all(accepted);
    assert.equal(offers.length, 2);
    for (const offer of offers) {
      assert.deepEqual([offer.verified, offer.trust, offer.senderId], [true, 'verified', 'alice']);
      assert.equal(offer.agent?.kid, agents[1].kid);
      assert.equal(offer.fileHash, undefined);
    }
    assert.deepEqual(lists[0], [{ path: 'a.bin', kind: 'file', size: bytes.length }]);
    assert.deepEqual((await readdir(path.join(folder, 'saved'))).sort(), ['a (1).bin', 'a.bin']);
    const saved = await readFile(path.join(folder, 'saved', 'a.bin'));
    const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
    assert.equal(sha256(saved), sha256(bytes));
  });

  it('send folders and files together, and bring them up to date where that is accepted', async () => {
    const { alice, bob } = await paired();
    await mkdir(path.join(folder, 'proj', 'src'), { recursive: true });
    const big = randomBytes(400_000);
    const changing = await file('proj/src/a.txt', 'one');
    const paths = [path.join(folder, 'proj'), await file('b.bin', big)];
    const offers: FileOffer[] = [];
    const accepted: Promise<ReceiveResult>[] = [];
    bob.on('file', (offer) => {
      offers.push(offer);
      accepted.push(offer.accept(undefined, { update: true }));
    });
    const saved = path.join(folder, 'saved');
    bob.watch({ saveDir: saved });
    const first = await alice.send({ paths, recipientId: 'bob' });
    assert.match((await accepted[0])?.hash ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual([offers[0]?.kind, offers[0]?.roots, offers[0]?.entries], ['several', 2, 4]);
    assert.deepEqual([first.moved?.files, first.moved?.bytes], [2, 400_003]);
    assert.deepEqual((await readdir(saved)).sort(), ['b.bin', 'proj']);
    assert.ok((await readFile(path.join(saved, 'b.bin'))).equals(big));

    await alice.send({ filePath: path.join(folder, 'proj'), recipientId: 'bob' });
    await writeFile(changing, 'two');
    const third = await alice.send({ filePath: path.join(folder, 'proj'), recipientId: 'bob' });
    assert.deepEqual([offers[2]?.kind, offers[2]?.entries], ['folder', 3]);
    assert.equal(third.moved?.bytes, 3);
    const results = await Promise.all(accepted);
    assert.ok(results.every(({ moved }) => moved?.conflicts.length === 0));
    const there = path.join(results[2]?.filePath ?? '', 'src', 'a.txt');
    assert.equal(await readFile(there, 'utf8'), 'two');
    assert.equal(results[2]?.filePath, offers[2]?.updates);
    await assert.rejects(
      alice.send({ paths, recipientId: 'nobody', offerLifetime: 2000 }),
      (error: { code: string }) => ['CONFIG_INVALID', 'NOT_A_FILE'].includes(error.code),
    );
  });

  it('keep a folder in step until the sync is stopped', async () => {
    const { alice, bob } = await paired();
    const site = path.join(folder, 'site');
    await mkdir(site);
    await writeFile(path.join(site, 'a'), 'one');
    bob.watch({ saveDir: path.join(folder, 'inbox') });
    const arrived: unknown[] = [];
    const both = new Promise<void>((resolve) => {
      bob.on('transfer_complete', ({ filePath }) => {
        if (arrived.push(filePath) === 2) resolve();
      });
    });
    const rounds: SendResult[] = [];
    let woken: () => void = () => undefined;
    const round = (): Promise<void> => new Promise((resolve) => (woken = resolve));
    const begun = round();
    const sync = await alice.sync({
      path: site,
      recipientId: 'bob',
      onRound: (result) => {
        rounds.push(result);
        woken();
      },
    });
    await begun;
    const next = round();
    await writeFile(path.join(site, 'a'), 'changed');
    await next;
    await sync.stop();
    await sync.ended;
    await both;
    assert.deepEqual(arrived, Array(2).fill(path.join(folder, 'inbox', 'site')));
    assert.ok(rounds.every(({ moved }) => moved?.files === 1));
    assert.equal(await readFile(path.join(folder, 'inbox', 'site', 'a'), 'utf8'), 'changed');
    assert.deepEqual(await readdir(path.join(folder, 'inbox')), ['site']);
    const [grant] = await bob.grants();
    assert.equal(grant?.path, path.join(folder, 'inbox', 'site'));
    await bob.revokeGrant(grant.grantId);
    assert.deepEqual(await bob.grants(), []);
    await assert.rejects(alice.sync({ path: site, recipientId: 'nobody' }), {
      code: 'AGENT_UNKNOWN',
    });
  });

  // A listener that names the same folder each time must not get a copy each time.
  it('keep a granted folder in step also where its folder is named each time', async () => {
    const { alice, bob } = await paired();
    const site = path.join(folder, 'site');
    await mkdir(site);
    await writeFile(path.join(site, 'a'), '0');
    const [inbox, other] = [path.join(folder, 'inbox'), path.join(folder, 'other')];
    const named = [`${inbox}/`, inbox, path.join(inbox, 'site'), undefined, `${other}/`];
    const accepted: Promise<string>[] = [];
    bob.watch();
    bob.on('file', ({ accept }) => {
      const received = accept(named[accepted.length]).then(({ filePath }) => filePath);
      accepted.push(received);
      received.catch(() => undefined);
    });
    for (const [round] of named.entries()) {
      await writeFile(path.join(site, 'a'), String(round));
      let woken: () => void = () => undefined;
      const over = new Promise<void>((resolve) => (woken = resolve));
      const sync = await alice.sync({
        path: site,
        recipientId: 'bob',
        onRound: () => {
          woken();
        },
      });
      await over;
      await sync.stop();
    }
    const kept = path.join(inbox, 'site');
    assert.deepEqual(await Promise.all(accepted), [
      ...Array<string>(4).fill(kept),
      path.join(other, 'site'),
    ]);
    assert.deepEqual(await readdir(inbox), ['site']);
    assert.equal(await readFile(path.join(kept, 'a'), 'utf8'), '3');
    assert.equal((await bob.grants())[0]?.path, path.join(other, 'site'));
  });

  // Whoever registers under the id of a paired agent would else be saved without a word.
  it('save by themselves what is verified or open, and never what only claims to be paired', async () => {
    const { alice, bob } = await paired();
    bob.watch({ saveDir: path.join(folder, 'inbox') });
    await alice.send({ filePath: await file('verified.txt'), recipientId: 'bob' });
    const carol = await node('carol');
    await carol.send({ filePath: await file('open.txt'), recipientId: 'bob' });
    const impostor = await node('alice');
    const claims = await file('claims.txt');
    await assert.rejects(
      impostor.send({ filePath: claims, recipientId: 'bob', offerLifetime: 3000 }),
      { code: 'OFFER_EXPIRED' },
    );
    const saved = await readdir(path.join(folder, 'inbox'));
    assert.deepEqual(saved.sort(), ['open.txt', 'verified.txt']);
    const heard: string[] = [];
    bob.on('file', ({ trust, fileName, agent, accept }) => {
      heard.push(`${trust} ${fileName} ${String(agent?.name)}`);
      return accept();
    });
    await impostor.send({ filePath: claims, recipientId: 'bob' });
    assert.ok(heard.includes('claims claims.txt alice'), heard.join());
  });

  it('block, allow and forget agents by their ids', async () => {
    const { alice, agents } = await paired();
    const [{ kid }] = agents;
    const now = async (): Promise<unknown> =>
      (await alice.agents()).map(({ allowed, blocked }) => ({ allowed, blocked }));
    await alice.allowAgent('bob');
    await alice.blockAgent(kid.toUpperCase());
    assert.deepEqual(await now(), [{ allowed: true, blocked: true }]);
    const filePath = await file('a.txt');
    await assert.rejects(alice.send({ filePath, recipientId: 'bob' }), { code: 'AGENT_BLOCKED' });
    await alice.allowAgent(kid, false);
    await alice.blockAgent('bob', false);
    assert.deepEqual(await now(), [{ allowed: false, blocked: false }]);
    await assert.rejects(alice.removeAgent('nobody'), { code: 'AGENT_UNKNOWN' });
    await alice.removeAgent('bob');
    assert.deepEqual(await alice.agents(), []);
  });
});
