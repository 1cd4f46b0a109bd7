import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { newIdentity } from '../../../src/core/identity/identity';
import { proveLink } from '../../../src/core/identity/linkProof';
import { identities, peerOf, until, withLinks } from '../../support/withLinks';
import { withTestnet } from '../../support/withTestnet';
import { closing, withStrangers } from './strangers';

describe('who is let in', function () {
  this.timeout(60_000);
  const testnet = withTestnet();
  const agents = withLinks(testnet);
  const strangers = withStrangers(testnet);

  it('a stranger that knows the topic is not linked, and the agents still find each other', async () => {
    const [one, two] = [await agents.start(), await agents.start()];
    const { topic } = peerOf(one.identity, two.identity).keys;
    const stranger = await strangers.join(topic);
    agents.pair(one, two);
    const { stream, pipe } = await until(() => stranger.met[0], 'a connection');
    pipe.send(randomBytes(32));
    await closing(stream);
    await Promise.all([one.link(two), two.link(one)]);
    await until(() => [...one.refused, ...two.refused][0], 'a refusal');
    for (const { code } of [...one.refused, ...two.refused]) assert.equal(code, 'PROOF_REFUSED');
    assert.deepEqual([one.online.length, two.online.length], [1, 1]);
  });

  it('somebody with another identity, who proves it well, is not taken for the agent', async () => {
    const [one, two] = [await agents.start(), await agents.start()];
    const impostor = newIdentity();
    const stranger = await strangers.join(peerOf(one.identity, two.identity).keys.topic, {
      client: true,
      server: false,
    });
    one.links.setPeers([peerOf(one.identity, two.identity)]);
    const { pipe } = await until(() => stranger.met[0], 'a connection');
    await assert.rejects(
      proveLink(pipe, {
        identity: impostor,
        candidates: () => [peerOf(impostor, one.identity)],
        signal: new AbortController().signal,
      }),
    );
    await until(() => one.refused[0], 'a refusal');
    assert.deepEqual([one.refused[0]?.code, one.online], ['PROOF_REFUSED', []]);
  });

  it('its own proof, sent back to it, gains nothing', async () => {
    const [one, two] = [await agents.start(), await agents.start()];
    const stranger = await strangers.join(peerOf(one.identity, two.identity).keys.topic, {
      client: false,
      server: true,
    });
    one.links.setPeers([peerOf(one.identity, two.identity)]);
    const { stream, pipe } = await until(() => stranger.met[0], 'a connection');
    const proof = await pipe.receive(32);
    assert.ok(proof !== null);
    pipe.send(proof);
    await closing(stream);
    assert.deepEqual(one.online, []);
    await until(() => one.refused[0], 'a refusal');
  });

  it('proofs carried between two agents by one in the middle fit neither connection', async () => {
    const [one, two] = [await agents.start(), await agents.start()];
    const { topic } = peerOf(one.identity, two.identity).keys;
    const toOne = await strangers.join(topic, { client: false, server: true });
    one.links.setPeers([peerOf(one.identity, two.identity)]);
    const atOne = await until(() => toOne.met[0], 'a connection');
    const proof = await atOne.pipe.receive(32);
    assert.ok(proof !== null);
    const known = [toOne.publicKey, atOne.stream.remotePublicKey];
    const toTwo = await strangers.join(topic, { client: true, server: false });
    two.links.setPeers([peerOf(two.identity, one.identity)]);
    const atTwo = await until(
      // On the topic are also the stranger's other half, and the first agent.
      () =>
        toTwo.met.find(({ stream }) => !known.some((key) => key.equals(stream.remotePublicKey))),
      'a connection',
    );
    atTwo.pipe.send(proof);
    await closing(atTwo.stream);
    await until(() => two.refused[0], 'a refusal');
    assert.equal(two.refused[0]?.code, 'PROOF_REFUSED');
    await closing(atOne.stream);
  });

  it('a copy of the own home is another process, not an agent, and takes no link away', async () => {
    const [one, two] = await agents.linked();
    const copy = await agents.start({ identity: one.identity });
    copy.links.setPeers([peerOf(one.identity, two.identity)]);
    // Both are on the same topic, and find each other there.
    await until(() => [...copy.said, ...one.said][0], 'a word about the other process');
    assert.match([...copy.said, ...one.said].join('\n'), /another process of this home/);
    assert.deepEqual([one.refused, copy.refused], [[], []]);
    for (const { kid } of [...one.online, ...copy.online]) assert.equal(kid, two.identity.kid);
  });

  for (const side of ['low', 'high'] as const) {
    it(`two homes of a ${side} identity do not take the link from each other for ever`, async () => {
      const [copied, other] = identities(side);
      const [one, two] = await agents.linked({ identity: copied }, { identity: other });
      const copy = await agents.start({ identity: copied });
      copy.links.setPeers([peerOf(copied, other)]);
      await until(() => copy.said[0] ?? one.said[0], 'a word about the other process');
      const looking = setInterval(() => {
        copy.links.lookAgain();
      }, 100);
      await delay(5000);
      clearInterval(looking);
      assert.deepEqual([two.online.length, two.offline.length, one.offline.length], [1, 0, 0]);
      // The copy is who is linked once the first is gone.
      await agents.stop(one);
      await copy.link(two);
    });
  }

  it('connections that say nothing are few and end soon; those that say too much at once', async () => {
    const [one, two] = [await agents.start(), await agents.start()];
    const { topic } = peerOf(one.identity, two.identity).keys;
    one.links.setPeers([peerOf(one.identity, two.identity)]);
    const many = await Promise.all(
      Array.from({ length: 24 }, () => strangers.join(topic, { client: true, server: false })),
    );
    const met = await until(() => {
      const all = many.flatMap((stranger) => stranger.met);
      return all.length >= 14 ? all : undefined;
    }, 'connections of strangers');
    const [first, ...others] = met.filter(({ stream }) => !stream.destroying);
    assert.ok(others.length < 16, `${others.length + 1} are waited for at once`);
    // Far below the limit of a Noise stream's message, which is 16 MiB.
    first?.pipe.send(randomBytes(1024 * 1024));
    const begun = performance.now();
    await Promise.all(met.map(({ stream }) => closing(stream)));
    assert.ok(performance.now() - begun < 8000);
    // Nothing is left of it: who belongs here comes in.
    two.links.setPeers([peerOf(two.identity, one.identity)]);
    await Promise.all([one.link(two), two.link(one)]);
  });
});
