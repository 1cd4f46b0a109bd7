import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openFileHome } from '../../../../src/core/home/fileHome';
import {
  entryOf,
  online,
  pairingId,
  pairingReaches,
  pairingState,
  pairUp,
  presence,
} from '../../../support/pairUp';
import { withEngines } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** If this fails, people pair with somebody else than they mean to, or not at all. */
describe('pairing', function () {
  this.timeout(120_000);
  const hub = withHub();
  const engines = withEngines(hub);
  const both = () => Promise.all([engines.start('alice'), engines.start('bob')]);

  it('shows both people the same fingerprints, and writes no book before both have said yes', async () => {
    const [alice, bob] = await both();
    const [inviting, joining] = [pairingId(), pairingId()];
    const invite = await alice.engine.invite(inviting);
    assert.deepEqual(await alice.engine.invite(inviting), invite, 'the same id, the same invite');
    await bob.engine.join(joining, invite.link);
    const seenByAlice = (await pairingReaches(alice, inviting, 'confirm')).card;
    const seenByBob = (await pairingReaches(bob, joining, 'confirm')).card;
    const [selfA, selfB] = await Promise.all(
      [alice, bob].map(async ({ engine }) => (await engine.snapshot()).self),
    );
    assert.ok(selfA?.kind === 'ready' && selfB?.kind === 'ready');
    assert.deepEqual(
      [seenByAlice.fingerprint, seenByAlice.kid, seenByBob.fingerprint, seenByBob.kid],
      [selfB.fingerprint, selfB.kid, selfA.fingerprint, selfA.kid],
    );
    await bob.engine.answerPairing(joining, true);
    await pairingReaches(bob, joining, 'confirmed');
    for (const agent of [alice, bob]) {
      assert.deepEqual((await agent.engine.snapshot()).agents, [], `${agent.id} has no book yet`);
    }
    await alice.engine.answerPairing(inviting, true);
    await Promise.all([
      pairingReaches(alice, inviting, 'paired'),
      pairingReaches(bob, joining, 'paired'),
    ]);
    const entry = await online(alice, 'bob');
    assert.deepEqual([entry.allowed, entry.blocked, entry.kid], [false, false, selfB.kid]);
    assert.deepEqual((await alice.engine.snapshot()).pairings, []);
  });

  it('ends on both sides when one person says no, or cancels, and the invite is used up', async () => {
    for (const who of ['inviter', 'invitee'] as const) {
      const [alice, bob] = await both();
      const [inviting, joining] = [pairingId(), pairingId()];
      const { code } = await alice.engine.invite(inviting);
      await bob.engine.join(joining, code);
      await Promise.all([
        pairingReaches(alice, inviting, 'confirm'),
        pairingReaches(bob, joining, 'confirm'),
      ]);
      if (who === 'inviter') await alice.engine.answerPairing(inviting, false);
      else await bob.engine.answerPairing(joining, false);
      const other = who === 'inviter' ? bob : alice;
      const { error } = await pairingReaches(
        other,
        who === 'inviter' ? joining : inviting,
        'failed',
      );
      assert.equal(error.code, 'PAIRING_DECLINED');
      assert.deepEqual((await other.engine.snapshot()).agents, []);
      await engines.stop(alice);
      await engines.stop(bob);
    }
  });

  it('refuses a mistyped code and one of our own, in a sentence', async () => {
    const [alice] = await both();
    const { code } = await alice.engine.invite(pairingId());
    const flipped = (code.startsWith('7') ? '8' : '7') + code.slice(1);
    await assert.rejects(alice.engine.join(pairingId(), flipped), { code: 'INVITE_INVALID' });
    await assert.rejects(alice.engine.join(pairingId(), 'hello'), { code: 'INVITE_INVALID' });
    await assert.rejects(alice.engine.join(pairingId(), code), { code: 'INVITE_SELF' });
  });

  it('gives an invite to one of two who race for it, and tells the other', async () => {
    const [alice, bob] = await both();
    const carol = await engines.start('carol');
    const inviting = pairingId();
    const { code } = await alice.engine.invite(inviting);
    const [forBob, forCarol] = [pairingId(), pairingId()];
    await Promise.all([bob.engine.join(forBob, code), carol.engine.join(forCarol, code)]);
    const { card } = await pairingReaches(alice, inviting, 'confirm');
    const [winner, won, loser, lost] =
      card.actorId === 'bob' ? [bob, forBob, carol, forCarol] : [carol, forCarol, bob, forBob];
    const { error } = await pairingReaches(loser, lost, 'failed');
    assert.equal(error.code, 'INVITE_TAKEN');
    await pairingReaches(winner, won, 'confirm');
    await alice.engine.answerPairing(inviting, true);
    await winner.engine.answerPairing(won, true);
    await pairingReaches(alice, inviting, 'paired');
    assert.equal(pairingState(loser, lost)?.kind, 'failed');
  });

  it('refuses a known actor id with another identity, and says what it may be', async () => {
    const [alice, bob] = await both();
    await pairUp(alice, bob);
    await engines.stop(bob);
    // Another installation, or somebody else: the same actor id, another home.
    const impostor = await engines.start('bob');
    const [inviting, joining] = [pairingId(), pairingId()];
    const { code } = await alice.engine.invite(inviting);
    await impostor.engine.join(joining, code);
    const { error } = await pairingReaches(alice, inviting, 'failed');
    assert.equal(error.code, 'IDENTITY_CHANGED');
    assert.match(error.message, /another identity/);
    assert.equal((await alice.engine.snapshot()).agents.length, 1);
    // An explicit choice: the old one is removed, and a new pairing made.
    const old = entryOf(alice, 'bob');
    await alice.engine.removeAgent(old?.kid ?? '');
    await pairUp(alice, impostor);
    assert.notEqual(entryOf(alice, 'bob')?.kid, old?.kid);
  });

  it('holds after restarts of both, from files that nobody else can read', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-homes-'));
    try {
      const homeOf = (id: string) => openFileHome(path.join(folder, id));
      const alice = await engines.start('alice', { home: await homeOf('alice') });
      const bob = await engines.start('bob', { home: await homeOf('bob') });
      await pairUp(alice, bob);
      await Promise.all([engines.stop(alice), engines.stop(bob)]);
      const [again, back] = await Promise.all([
        engines.start('alice', { home: await homeOf('alice') }),
        engines.start('bob', { home: await homeOf('bob') }),
      ]);
      await Promise.all([online(again, 'bob'), online(back, 'alice')]);
      for (const file of ['identity.json', 'book.json']) {
        const { mode } = await stat(path.join(folder, 'alice', file));
        assert.equal(mode & 0o777, 0o600, file);
      }
      const book = await readFile(path.join(folder, 'alice', 'book.json'), 'utf8');
      assert.match(book, /"bob"/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('is over when an agent is removed or blocked: link, questions and transfers end', async () => {
    const [alice, bob] = await both();
    await pairUp(alice, bob);
    const { kid } = await online(alice, 'bob');
    const id = await bob.send(await engines.file('question', '?'), alice);
    await alice.asked(id);
    await alice.engine.changeAgent(kid, { blocked: true });
    await presence(alice, 'bob', 'offline');
    await presence(bob, 'alice', 'offline');
    assert.deepEqual(alice.closings(id), ['withdrawn']);
    await assert.rejects(alice.send(await engines.file('x', 'x'), bob), { code: 'AGENT_BLOCKED' });
    await alice.engine.changeAgent(kid, { blocked: false });
    await online(alice, 'bob');
    await alice.engine.removeAgent(kid);
    await presence(bob, 'alice', 'offline');
    assert.deepEqual((await alice.engine.snapshot()).agents, []);
    await assert.rejects(alice.engine.removeAgent(kid), { code: 'AGENT_UNKNOWN' });
  });

  it('of three is three links, and each knows who sends', async () => {
    const [alice, bob] = await both();
    const carol = await engines.start('carol');
    await pairUp(alice, bob);
    await pairUp(bob, carol);
    await pairUp(alice, carol);
    const id = await carol.send(await engines.file('from carol', '3'), alice);
    assert.equal((await alice.asked(id)).senderId, 'carol');
    await alice.accept(id);
    await Promise.all([alice.completed(id), carol.completed(id)]);
    assert.equal(bob.events.filter(({ type }) => type === 'offer').length, 0);
  });
});
