import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { until, withLinks, type LinkedAgent } from '../../support/withLinks';
import { withTestnet } from '../../support/withTestnet';

describe('links', () => {
  const testnet = withTestnet();
  const agents = withLinks(testnet);

  it('two paired agents come online and talk over a channel', async () => {
    const [one, two] = await agents.linked();
    const link = await one.link(two);
    assert.equal(link.path, 'direct');
    assert.deepEqual(link.remote, { version: 'test', features: [] });
    await talk(one, two);
    await talk(two, one);
    assert.deepEqual([one.offline, two.offline], [[], []]);
  });
});

/** Opens a channel and sends a message each way. */
async function talk(from: LinkedAgent, to: LinkedAgent): Promise<void> {
  const id = randomBytes(16);
  const ours = (await from.link(to)).open('beeline/transfer', id);
  await ours.send(3, Buffer.from('there'));
  const theirs = await until(
    () => to.channels.find((opened) => opened.id.equals(id)),
    'the channel',
  );
  assert.deepEqual(await theirs.channel.receive(), { type: 3, payload: Buffer.from('there') });
  await theirs.channel.send(15, Buffer.from('back'));
  assert.deepEqual(await ours.receive(), { type: 15, payload: Buffer.from('back') });
  ours.close();
  assert.equal(await theirs.channel.receive(), null);
}
