import { startEngine } from '../../../src/core/engine/startEngine';
import { toBeelineError } from '../../../src/core/errors';
import { memoryHome } from '../../../src/core/home/memoryHome';

/** The user id that every Linux has for nobody in particular. */
const NOBODY = 65_534;

/** An engine in a process of its own that accepts what comes, and prints each thing it tells. */
async function main([atsUrl = '', actorId = '', saveDirectory = '']: string[]): Promise<void> {
  const say = (line: object): void => {
    process.stdout.write(`${JSON.stringify({ ...line, clock: Date.now() })}\n`);
  };
  const engine = await startEngine({
    config: {
      atsUrl,
      actorId,
      actorName: actorId,
      actorType: 'agent',
      channel: 'p2p-transfer',
      saveDirectory,
      timeoutMs: 10_000,
    },
    home: memoryHome(),
  });
  if (actorId === 'nobody') {
    // Only now that the code is loaded, which may lie where nobody can read.
    process.setgroups?.([]);
    process.setgid?.(NOBODY);
    process.setuid?.(NOBODY);
  }
  engine.onEvent((event) => {
    say(event);
    if (event.type !== 'offer') return;
    engine.answer(event.offer.transferId, { kind: 'accept' }).then(
      () => {
        say({ answered: { code: 'accepted' } });
      },
      (thrown: unknown) => {
        say({ answered: toBeelineError(thrown).toData() });
      },
    );
  });
}

void main(process.argv.slice(2));
