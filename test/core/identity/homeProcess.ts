import { stdin, stdout } from 'node:process';
import { openFileHome } from '../../../src/core/home/fileHome';
import { openBook } from '../../../src/core/identity/book';
import { newIdentity } from '../../../src/core/identity/identity';
import { openIdentity } from '../../../src/core/identity/identityFile';

/**
 * One of several processes that use the same home at the same moment. Says `ready`, begins with the
 * first byte it hears, and says one line of JSON.
 */
const [folder = '', task = '', name = ''] = process.argv.slice(2);

async function act(): Promise<unknown> {
  const home = await openFileHome(folder);
  if (task === 'identity') return { kid: (await openIdentity(home)).kid };
  const book = await openBook(home);
  const kids: string[] = [];
  for (let round = 0; round < 10; round++) {
    const { publicKey, kid, fingerprint } = newIdentity();
    kids.push(kid);
    await book.put({
      kid,
      publicKey: publicKey.toString('hex'),
      fingerprint,
      actorId: `${name}-${String(round)}`,
      name,
      origin: 'https://hub.example',
      pairedAt: new Date().toISOString(),
      allowed: false,
      blocked: false,
    });
  }
  return { kids };
}

// A test sets a limit to files; the write is to fail, not the process.
if (process.platform !== 'win32') process.on('SIGXFSZ', () => undefined);
stdout.write('ready\n');
stdin.once('data', () => {
  void act()
    .catch((thrown: unknown) => ({ code: (thrown as { code?: unknown }).code }))
    .then((said) => {
      stdout.write(`${JSON.stringify(said)}
`);
      stdin.destroy();
    });
});
