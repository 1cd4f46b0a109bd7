import { createCipheriv } from 'node:crypto';
import { L } from '../../../src/core/identity/primitives';
import { openSealed, seal } from '../../../src/core/identity/sealedDetails';
import { demand, demandEqual, parseJson, readOr } from '../properties';
import type { FuzzTarget } from '../target';
import { identities } from './people';

const { alice, bob } = identities;
const ours = alice.pairKeys(bob.publicKey);
const theirs = bob.pairKeys(alice.publicKey);
const id = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

/** How the rest is put to the reader: as the text itself, or sealed as the sender would. */
const Mode = { text: 0, sealed: 1 } as const;

export const target: FuzzTarget = {
  covers: ['src/core/identity/sealedDetails.ts'],
  kind: 'json',
  head: 1,
  dictionary: ['name', '\ufeff', '='],
  seeds: () => [
    inMode(Mode.text, seal(theirs, id.toString('hex'), { name: 'a.txt' })),
    inMode(Mode.sealed, '{"name":"a.txt"}'),
    inMode(Mode.sealed, '[1,"ü",null]'),
  ],
  fuzz(input) {
    const body = input.subarray(1);
    const isSealed = (input[0] ?? 0) % 2 === Mode.sealed;
    const text = isSealed ? sealBytes(body) : body.toString('utf8');
    const opened = open(text, id);
    if (opened === undefined) {
      demand(!isSealed || parseJson(body) === undefined, 'what was sealed rightly does not open');
      return false;
    }
    if (isSealed) demandEqual(opened, parseJson(body), 'something else than was sealed');
    const bytes = Buffer.from(text, 'base64url');
    const at = body.length % bytes.length;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    demand(open(bytes.toString('base64url'), id) === undefined, 'a seal that is wrong by a bit');
    bytes[at] ^= 1;
    demand(
      open(bytes.subarray(1).toString('base64url'), id) === undefined,
      'a seal that is cut off',
    );
    demand(open(text, Buffer.alloc(16)) === undefined, 'a seal of another offer');
    return true;
  },
};

function open(text: string, of: Buffer): { value: unknown } | undefined {
  return readOr(['PROTOCOL'], () => openSealed(ours, of.toString('hex'), text));
}

/** As keys.md says it, for bytes that are no JSON, too. */
function sealBytes(bytes: Buffer): string {
  const cipher = createCipheriv('aes-256-gcm', theirs.offerSealKey(id), Buffer.alloc(12));
  cipher.setAAD(Buffer.concat([L('beeline/offer-seal/1'), id]));
  const sealed = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  return sealed.toString('base64url');
}

function inMode(mode: number, body: string): Buffer {
  return Buffer.concat([Buffer.from([mode]), Buffer.from(body)]);
}
