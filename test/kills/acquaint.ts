import { mkdir } from 'node:fs/promises';
import { openFileHome } from '../../src/core/home/fileHome';
import { openBook } from '../../src/core/identity/book';
import { fingerprintOf } from '../../src/core/identity/fingerprint';
import type { Identity } from '../../src/core/identity/identity';
import { openIdentity } from '../../src/core/identity/identityFile';

interface Home {
  readonly id: string;
  readonly home: string;
}

/** Writes two homes' address books as pairing would have left them; neither runs yet. */
export async function acquaint(one: Home, other: Home, atsUrl: string): Promise<void> {
  const [ones, others] = [await identityOf(one), await identityOf(other)];
  await enter(one, other, others, atsUrl);
  await enter(other, one, ones, atsUrl);
}

async function identityOf({ home }: Home): Promise<Identity> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  return openIdentity(await openFileHome(home));
}

async function enter(
  { home }: Home,
  { id }: Home,
  { kid, publicKey }: Identity,
  atsUrl: string,
): Promise<void> {
  const book = await openBook(await openFileHome(home));
  await book.put({
    kid,
    publicKey: publicKey.toString('hex'),
    fingerprint: fingerprintOf(kid),
    actorId: id,
    name: id,
    origin: new URL(atsUrl).origin,
    pairedAt: new Date().toISOString(),
    allowed: true,
    blocked: false,
  });
  await book.flush();
}
