import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FileBookStore } from '../../../src/core/identity/bookStore';
import { demand, demandEqual, demandSameBytes, eventuallyOr, jsonSeeds } from '../properties';
import type { FuzzTarget } from '../target';
import { goodEntry } from './bookEntry';
import { identities } from './people';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'beeline-fuzz-book-'));
process.once('exit', () => {
  fs.rmSync(folder, { recursive: true, force: true });
});
const { carol } = identities;
const another = {
  ...goodEntry,
  kid: carol.kid,
  publicKey: carol.publicKey.toString('hex'),
  actorId: 'carol',
};

/** A book is read whole, or refused as newer and left, or set aside as it was; never lost. */
export const target: FuzzTarget = {
  covers: ['src/core/identity/bookStore.ts'],
  kind: 'json',
  dictionary: ['version', 'agents', ...Object.keys(goodEntry)],
  seeds: () =>
    jsonSeeds(
      { version: 1, agents: [] },
      { version: 1, agents: [goodEntry, another] },
      { version: 1, agents: [goodEntry], later: true },
    ),
  async fuzz(input) {
    const file = path.join(folder, 'book.json');
    fs.writeFileSync(file, input);
    const store = new FileBookStore(folder);
    const loaded = await eventuallyOr(['BOOK_NEWER'], store.load());
    const aside = fs.readdirSync(folder).filter((name) => name !== 'book.json');
    if (store.setAside !== undefined) {
      const [only = '', ...others] = aside;
      demand(others.length === 0 && !fs.existsSync(file), 'a damaged book that is not set aside');
      demandSameBytes(fs.readFileSync(path.join(folder, only)), input, 'a damaged book is changed');
      demand(loaded?.value.size === 0, 'a damaged book that is believed');
      fs.rmSync(path.join(folder, only));
      return false;
    }
    demand(aside.length === 0, 'files are left behind');
    demandSameBytes(fs.readFileSync(file), input, 'a book is changed by reading it');
    if (loaded === undefined) return false;
    const { agents } = JSON.parse(input.toString('utf8')) as { agents: readonly unknown[] };
    demand(loaded.value.size === agents.length, 'an agent that is lost');
    for (const [kid, entry] of loaded.value) demand(entry.kid === kid, 'an entry in another place');
    demand(loaded.value.size <= 1024, 'more agents than a book holds');
    // Writing takes locks and renames, so that most inputs do without.
    if (input.length % 8 === 0) {
      await store.change(new Map(), () => undefined);
      demandEqual(await new FileBookStore(folder).load(), loaded.value, 'written it is another');
    }
    return true;
  },
};
