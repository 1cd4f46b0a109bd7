import assert from 'node:assert/strict';
import { attend, chatsTo, kidOfAgent, said, say } from '../../../support/talking';
import { pairUp } from '../../../support/pairUp';
import { withEngines } from '../../../support/withEngines';
import { withHub } from '../../../support/withHub';

/** If this fails, paired agents cannot chat although they are linked. */
describe('chats over a link', function () {
  this.timeout(60_000);
  const hub = withHub();
  const engines = withEngines(hub);

  it('carry messages both ways, in order, and confirm them', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    await Promise.all([attend(alice), attend(bob)]);
    const texts = Array.from({ length: 20 }, (_, at) => `message ${String(at)}`);
    for (const text of texts) await say(alice, bob, text);
    await bob.until('all of them', () => said(bob).length === texts.length);
    assert.deepEqual(said(bob), texts);
    await say(bob, alice, 'and back');
    await alice.until('the answer', () => said(alice).includes('and back'));
    await alice.until('the path', () => chatsTo(alice, bob)?.path.kind === 'direct');
    assert.ok(await kidOfAgent(alice, bob));
  });

  it('are not said to be unknown to the other side while its link comes and goes', async () => {
    const [alice, bob] = await Promise.all([engines.start('alice'), engines.start('bob')]);
    await pairUp(alice, bob);
    await attend(alice);
    await say(alice, bob, 'anybody?');
    const isTold = () =>
      alice.until('that nobody takes chats', () => chatsTo(alice, bob)?.trouble !== undefined);
    await isTold();
    // Looked at right behind each event: lists are told later, when it may have passed.
    const troubles = new Set<string | undefined>();
    const look = async (): Promise<void> => {
      const { chats } = await alice.engine.snapshot();
      for (const { trouble } of chats) troubles.add(trouble?.message);
    };
    const stop = alice.engine.onEvent(() => {
      setImmediate(() => void look());
    });
    const { config, home } = bob;
    await engines.stop(bob);
    await alice.until('bob to be away', () => chatsTo(alice, bob)?.trouble === undefined);
    await engines.start('bob', { ...config, home });
    await isTold();
    stop();
    troubles.delete(undefined);
    assert.ok(troubles.size > 0);
    for (const message of troubles) assert.match(message ?? '', /^Nobody takes chats/);
  });
});
