import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { withCli } from '../support/runCli';
import { withLan, type Machine } from '../support/withLan';

/**
 * HyperDHT treats addresses of private networks and of loopback in ways of their own, so a team's
 * network is not like a machine by itself. If one of these fails, a team sees offers and no files.
 */
describe('machines on one private network, with a hub of their own', function () {
  this.timeout(90_000);
  const lan = withLan();
  const cli = withCli();

  const places: readonly { sender: Machine; receiver: Machine; what: string }[] = [
    { what: 'three machines', sender: 'one', receiver: 'two' },
    { what: 'the sender beside the hub', sender: 'hub', receiver: 'two' },
    { what: 'both beside the hub', sender: 'hub', receiver: 'hub' },
    { what: 'both on one machine', sender: 'one', receiver: 'one' },
  ];

  it('deliver to each other, wherever they stand', async () => {
    const hub = cli.start(['hub', '--json', '--host', '0.0.0.0'], {}, lan.on('hub'));
    const { port } = new URL(String((await hub.line('ready'))['url']));
    const url = `http://${lan.address('hub')}:${port}`;
    const bytes = randomBytes(1_000_000);
    await writeFile(cli.path('data.bin'), bytes);
    for (const [index, { what, sender, receiver }] of places.entries()) {
      const as = (name: string): string[] => [
        ...['--actor-id', `${name}-${String(index)}`, '--ats-url', url],
        ...['--home', `home-${name}-${String(index)}`],
      ];
      const into = `incoming-${String(index)}`;
      const listener = cli.start(
        ['listen', '--json', '--save-dir', into, ...as('bob')],
        {},
        lan.on(receiver),
      );
      await listener.line('listening');
      const to = ['--to', `bob-${String(index)}`];
      const sent = cli.start(['send', 'data.bin', ...to, ...as('al')], {}, lan.on(sender));
      assert.equal(await sent.end(), 0, `${what}: ${sent.stderr}`);
      assert.ok((await readFile(cli.path(into, 'data.bin'))).equals(bytes), what);
    }
  });
});
