import { openFileHome } from '../../../src/core/home/fileHome';

/** Writes one record over and over, each time long and all of one number, until it is killed. */
async function main(folder: string): Promise<void> {
  const home = await openFileHome(folder);
  for (let round = 1; ; round++) {
    const filler = String(round % 10).repeat(20_000);
    await home.write('outgoing', 'record', { round, filler });
    process.stdout.write(`${String(round)}\n`);
  }
}

void main(process.argv[2] ?? '');
