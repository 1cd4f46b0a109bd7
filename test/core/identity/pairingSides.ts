import { randomBytes } from 'node:crypto';
import type { Card } from '../../../src/core/identity/card';
import { newIdentity, type Identity } from '../../../src/core/identity/identity';
import { pair, type PairingTalk, type PairOptions } from '../../../src/core/identity/pairingTalk';
import { memoryPipePair, type MemoryPipe, type MemoryPipeOptions } from '../../support/memoryPipe';

export const cardOf = (identity: Identity, name = 'Ann'): Card => ({
  publicKey: identity.publicKey,
  actorId: name.toLowerCase(),
  name,
  origin: 'https://hub.example',
});

export interface Side {
  readonly pipe: MemoryPipe;
  readonly options: PairOptions;
}

/** Invitee and inviter with an invite, over a fresh connection; the invitee began it. */
export function sides(
  pipes: MemoryPipeOptions = {},
  same: Partial<PairOptions> = {},
): [Side, Side] {
  const [first, second] = memoryPipePair(pipes);
  const [ann, ben] = [newIdentity(), newIdentity()];
  const common = { secret: randomBytes(16), signal: new AbortController().signal };
  return [
    {
      pipe: first,
      options: { role: 'invitee', identity: ann, card: cardOf(ann), ...common, ...same },
    },
    {
      pipe: second,
      options: { role: 'inviter', identity: ben, card: cardOf(ben, 'Ben'), ...common, ...same },
    },
  ];
}

export const run = ({ pipe, options }: Side): Promise<PairingTalk> => pair(pipe, options);

export async function talks(pipes: MemoryPipeOptions = {}): Promise<[PairingTalk, PairingTalk]> {
  return Promise.all(sides(pipes).map(run)) as Promise<[PairingTalk, PairingTalk]>;
}

/** The code each side ended with, `ok` when it did not fail. */
export async function codes(...all: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(all);
  return settled.map((one) =>
    one.status === 'fulfilled' ? 'ok' : String((one.reason as { code?: unknown }).code),
  );
}

/** Lets everything that is ready happen. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
