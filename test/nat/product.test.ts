import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { withCli, type CliProcess } from '../support/runCli';
import { withNats } from '../support/withNats';

/** Readable in a packet that is not encrypted, and part of what is sent. */
const TEXT = 'for the eyes of the other side only. ';

/** If one of these fails, people on such networks cannot pair, or not send, with the shipped program. */
describe('the shipped program between two NATs', function () {
  this.timeout(120_000);
  const lab = withNats();
  const cli = withCli();

  const networks = [
    { name: 'that keep ports', prepare: () => undefined, via: 'direct' },
    {
      name: 'that are symmetric',
      prepare: () => {
        lab.nats('symmetric');
      },
      via: 'relay',
    },
    {
      name: 'that drop UDP',
      prepare: () => {
        lab.blockUdp(true);
      },
      via: 'hub',
    },
  ] as const;

  for (const { name, prepare, via } of networks) {
    it(`pairs, and sends a verified file, behind routers ${name} (${via})`, async () => {
      prepare();
      const { url } = await lab.hub();
      const readable = lab.watchFor(TEXT);
      const at = (place: 'a' | 'b', args: readonly string[]): CliProcess =>
        cli.start(
          [...args, '--actor-id', `agent-${place}`, '--ats-url', url, '--home', `home-${place}`],
          {},
          lab.on(place),
        );
      const inviting = at('a', ['pair', '--json', '--yes']);
      const { code } = await inviting.line('invite');
      const joining = at('b', ['pair', String(code), '--json', '--yes']);
      await Promise.all([inviting.line('paired'), joining.line('paired')]);
      assert.deepEqual(await Promise.all([inviting.end(), joining.end()]), [0, 0]);

      const bytes = Buffer.concat([Buffer.from(TEXT.repeat(50_000)), randomBytes(100_000)]);
      await writeFile(cli.path('letter.txt'), bytes);
      const listening = at('b', ['listen', '--json', '--save-dir', 'in']);
      await listening.line('listening');
      const sending = at('a', ['send', 'letter.txt', '--to', 'agent-b', '--json']);
      const completed = await sending.line('completed');
      assert.deepEqual([completed['verified'], completed['via']], [true, via]);
      assert.equal(await sending.end(), 0);
      assert.ok((await readFile(cli.path('in', 'letter.txt'))).equals(bytes));
      assert.equal(readable(), 0, 'nobody between could read it');
    });
  }
});
