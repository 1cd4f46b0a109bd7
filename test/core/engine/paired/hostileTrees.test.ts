import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import type { MessageChannel } from '../../../../src/core/transfer/messageChannel';
import {
  decodeAccept,
  decodeFail,
  decodePlanPage,
  encodeManifestPage,
  MessageType,
} from '../../../../src/core/wire/v2';
import type { ManifestEntry } from '../../../../src/core/wire/v2Entry';
import { OfferType } from '../../../../src/core/wire/v2Offer';
import { playAgent, type HandAgent } from '../../../support/handAgent';
import { offerBy, type OfferByHand } from '../../../support/offerByHand';
import { online, pairUp, presence } from '../../../support/pairUp';
import { makeTree } from '../../../support/treeOnDisk';
import { withEngines, type Agent } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

const MTIME = 1_600_000_000_000;
const file = (name: string, size = 3): ManifestEntry => ({
  kind: 'file',
  path: name,
  size,
  mode: 0o644,
  mtime: MTIME,
});
const folder = (name: string): ManifestEntry => ({
  kind: 'folder',
  path: name,
  size: 0,
  mode: 0o755,
  mtime: MTIME,
});
const link = (name: string, target: string): ManifestEntry => ({
  kind: 'link',
  path: name,
  size: 0,
  mode: 0o777,
  mtime: MTIME,
  target,
});

/** If this fails, an agent that one has paired with writes or reads where it should not. */
describe('a paired agent that offers a hostile tree', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const played: HandAgent[] = [];
  afterEach(async () => {
    await Promise.all(played.splice(0).map((hand) => hand.leave()));
  });

  const play = async (bob: Agent, alice: Agent): Promise<HandAgent> => {
    await engines.stop(bob);
    await presence(alice, 'bob', 'offline');
    const hand = await playAgent(bob, alice, await engines.swarm());
    played.push(hand);
    await online(alice, 'bob');
    return hand;
  };
  const pairedWith = async (): Promise<[Agent, Agent]> => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    return [alice, bob];
  };

  /** Offers these entries, lets alice accept, and shows them to her. */
  const show = async (
    [alice, hand, bob]: readonly [Agent, HandAgent, Agent],
    entries: readonly ManifestEntry[],
    totals: OfferByHand & { readonly size?: number } = {},
    how: { readonly update?: boolean } = {},
  ): Promise<{ readonly id: string; readonly answer: Answer }> => {
    const size = totals.size ?? entries.reduce((sum, entry) => sum + entry.size, 0);
    const made = { kind: 'folder', entries: entries.length, name: 'p', ...totals } as const;
    const { id, offer } = await offerBy(bob, alice, size, made);
    hand.say({ type: OfferType.offer, offer });
    await alice.accept(id, how);
    return { id, answer: await showList(await hand.opened(id), entries) };
  };

  it('has it refused with a code, and nothing of it is written', async () => {
    const [alice, bob] = await pairedWith();
    const hand = await play(bob, alice);
    const cases: readonly (readonly [
      code: string,
      entries: readonly ManifestEntry[],
      totals?: OfferByHand & { readonly size?: number },
    ])[] = [
      ['PROTOCOL', [folder('p'), file('p/../../evil')]],
      ['PROTOCOL', [file('/evil'), folder('p')]],
      ['PROTOCOL', [folder('p'), file('p\\..\\evil')]],
      ['PROTOCOL', [folder('p'), file('p/a'), file('p/a')]],
      ['PROTOCOL', [folder('p'), file('p/b'), file('p/a')]],
      ['PROTOCOL', [folder('p'), file('p/a'), file('p/a/b')]],
      ['PROTOCOL', [folder('p'), link('p/l', '.'), file('p/l/evil')]],
      ['LINK_REFUSED', [folder('p'), link('p/l', '../../evil')]],
      ['LINK_REFUSED', [folder('p'), link('p/l', '/etc')]],
      [
        'LINK_REFUSED',
        [folder('p'), folder('p/q'), link('p/q/x', '../..'), link('p/y', 'q/x/../z')],
      ],
      ['META_MISMATCH', [folder('p'), file('p/a'), file('p/b')], { entries: 2 }],
      ['META_MISMATCH', [folder('p'), file('p/a')], { entries: 3 }],
      ['META_MISMATCH', [folder('p'), file('p/a', 1_000_000)], { size: 10 }],
      ['META_MISMATCH', [folder('p')], { entries: 10_000_000, size: 0 }],
      ['META_MISMATCH', [folder('evil'), file('evil/a')]],
      ['META_MISMATCH', [file('evil.exe')], { kind: 'file', name: 'report.pdf' }],
      ['META_MISMATCH', [folder('report.pdf')], { kind: 'file', name: 'report.pdf' }],
      ['META_MISMATCH', [folder('a'), folder('p')]],
      ['META_MISMATCH', [folder('p'), file('p/a')], { roots: 2 }],
    ];
    for (const [code, entries, totals] of cases) {
      const { id, answer } = await show([alice, hand, bob], entries, totals);
      const said = `${JSON.stringify(entries)} ${JSON.stringify(answer)}`;
      assert.equal(answer.kind, 'refused', said);
      const { state } = await alice.ended(id);
      assert.equal(state.kind === 'failed' && state.error.code, code, said);
      assert.deepEqual(await engines.saved(alice), [], said);
    }
    const around = path.dirname(alice.config.saveDirectory);
    assert.ok(!(await readdir(around)).includes('evil'));
  });

  it('cannot have another list than the one that was looked at', async () => {
    const [alice, bob] = await pairedWith();
    const hand = await play(bob, alice);
    const { id, offer } = await offerBy(bob, alice, 3, { kind: 'folder', entries: 2, name: 'p' });
    hand.say({ type: OfferType.offer, offer });
    await alice.asked(id);
    const looking = alice.engine.preview(id);
    await showList(await hand.opened(id), [folder('p'), file('p/harmless')], 'look');
    assert.deepEqual(
      (await looking).map((entry) => entry.path),
      ['p', 'p/harmless'],
    );
    await alice.accept(id);
    const answer = await showList(await hand.opened(id), [folder('p'), file('p/harmful!')]);
    assert.equal(answer.kind, 'refused');
    await alice.failed(id, 'META_MISMATCH');
    assert.deepEqual(await engines.saved(alice), []);
  });

  it('does not learn what else lies here, nor what was changed here', async () => {
    const [alice, bob] = await pairedWith();
    const carol = await engines.start('carol');
    await pairUp(carol, alice);
    const secret = randomBytes(200_000);
    const here = (...names: string[]): string => path.join(alice.config.saveDirectory, ...names);
    // From bob, when he was honest: what he sent is known to him.
    const sent = { same: randomBytes(200_000), later: randomBytes(200_000) };
    const out = await makeTree(engines.path('bob', 'p'), sent);
    const first = await bob.send(out, alice);
    await alice.accept(first);
    await Promise.all([alice.completed(first), bob.completed(first)]);
    // From carol, under the same name; and what alice has of her own.
    const hers = await makeTree(engines.path('carol', 'p'), { secret });
    const second = await carol.send(hers, alice);
    await alice.accept(second);
    await alice.completed(second);
    await writeFile(here('p', 'secret'), secret);
    await writeFile(here('p', 'later'), secret);
    for (const name of ['secret', 'later']) {
      await utimes(here('p', name), MTIME / 1000, MTIME / 1000);
    }
    const hand = await play(bob, alice);
    const guess = [
      folder('p'),
      file('p/later', secret.length),
      file('p/same', sent.same.length),
      file('p/secret', secret.length),
    ];
    for (const update of [false, true]) {
      const { id, answer } = await show([alice, hand, bob], guess, {}, { update });
      assert.ok(answer.kind === 'accepted', JSON.stringify(answer));
      assert.deepEqual(answer.named, [2], 'only what he sent himself and nobody changed');
      hand.say({ type: OfferType.withdraw, ids: [id] });
      await alice.engine.cancel(id);
      await alice.ended(id);
    }
    // Nor by another root's name that is the same place here.
    const other = [folder('p (1)'), file('p (1)/secret', secret.length)];
    const { id, answer } = await show([alice, hand, bob], other, { name: 'p (1)' });
    assert.ok(answer.kind === 'accepted', JSON.stringify(answer));
    assert.deepEqual(answer.named, []);
    await alice.engine.cancel(id);
    await alice.ended(id);
    assert.ok(Buffer.from(secret).equals(await readFile(here('p', 'secret'))));
  });

  it('does not reach through a link that somebody puts where its folder was', async function () {
    if (process.platform === 'win32') this.skip();
    const [alice, bob] = await pairedWith();
    const out = await makeTree(engines.path('bob', 'p'), { 'd/a': 'a' });
    const first = await bob.send(out, alice);
    await alice.accept(first);
    await Promise.all([alice.completed(first), bob.completed(first)]);
    const elsewhere = engines.path('elsewhere');
    await mkdir(elsewhere);
    await writeFile(path.join(elsewhere, 'a'), 'a');
    const at = path.join(alice.config.saveDirectory, 'p');
    await rename(path.join(at, 'd'), engines.path('moved away'));
    await symlink(elsewhere, path.join(at, 'd'));
    await writeFile(path.join(out, 'd/a'), 'another');
    const again = await bob.send(out, alice);
    await alice.accept(again, { update: true });
    const { path: placed = '' } = await alice.completed(again);
    assert.equal((await readFile(path.join(elsewhere, 'a'))).toString(), 'a', 'left alone');
    assert.deepEqual(await readdir(elsewhere), ['a']);
    assert.ok((await lstat(path.join(placed, 'd'))).isSymbolicLink(), 'it is the person’s');
  });
});

type Answer =
  | { readonly kind: 'refused'; readonly code: string }
  /** Indexes of what the plan says is here. */
  | { readonly kind: 'accepted'; readonly named: readonly number[] };

/** Shows a list to whoever fetches, and hears what they say of it. */
async function showList(
  channel: MessageChannel,
  entries: readonly ManifestEntry[],
  purpose: 'receive' | 'look' = 'receive',
): Promise<Answer> {
  try {
    for (;;) {
      const message = await channel.receive();
      if (message === null) return { kind: 'refused', code: 'closed' };
      const { type, payload } = message;
      if (type === MessageType.want) {
        const page = { number: 0, isLast: true, entries: [...entries] };
        await channel.send(MessageType.manifest, encodeManifestPage(page));
        if (purpose === 'look') return { kind: 'accepted', named: [] };
      }
      if (type === MessageType.fail) return { kind: 'refused', code: decodeFail(payload).code };
      if (type === MessageType.accept) {
        if (decodeAccept(payload).plan === 'all') return { kind: 'accepted', named: [] };
        return { kind: 'accepted', named: await readPlan(channel) };
      }
    }
  } finally {
    if (purpose === 'look') await untilClosed(channel);
    channel.close();
  }
}

async function readPlan(channel: MessageChannel): Promise<number[]> {
  const named: number[] = [];
  for (;;) {
    const message = await channel.receive();
    assert.ok(message !== null, 'the plan was not said to its end');
    if (message.type !== MessageType.plan) continue;
    const { parts, isLast } = decodePlanPage(message.payload);
    named.push(...parts.map(({ index }) => index));
    if (isLast) return named;
  }
}

async function untilClosed(channel: MessageChannel): Promise<void> {
  while ((await channel.receive()) !== null);
}
