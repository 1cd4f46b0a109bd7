import {
  isAnswerTo,
  readSessionAnswer,
  readSessionRequest,
  signSessionAnswer,
  signSessionRequest,
} from '../../../src/core/identity/sessionMessages';
import { seal } from '../../../src/core/identity/sealedDetails';
import type { SignedMessage } from '../../../src/core/identity/signedMessage';
import { demand, parseJson, readOr } from '../properties';
import type { FuzzTarget } from '../target';
import { identities, sharedWith } from './people';

const { alice, bob, mallory } = identities;
const id = '00112233445566778899aabbccddeeff';
const now = Date.parse('2026-03-01T12:00:00.000Z');
const ofBob = sharedWith(alice, bob);
const bobsKeys = bob.pairKeys(alice.publicKey);
const key = Buffer.alloc(32, 9);

/** How the rest is put to the readers: as the message, or as what somebody signs with a label. */
const Mode = { message: 0, request: 1, answer: 2, byMallory: 3, sealed: 4 } as const;
const REQUEST_LABEL = 'beeline/session/1';
const ANSWER_LABEL = 'beeline/answer/1';

const request = signSessionRequest({
  identity: bob,
  keys: bobsKeys,
  recipientKid: alice.kid,
  id,
  createdAt: '2026-03-01T12:00:00.000Z',
  expiresAt: '2026-03-01T12:01:00.000Z',
  kind: 'call',
  publicKey: key,
  video: true,
});
const requestBytes = Buffer.from(request.signed, 'base64url');
const answer = signSessionAnswer({
  identity: bob,
  recipientKid: alice.kid,
  id,
  decision: 'accepted',
  request: requestBytes,
  publicKey: key,
  now,
});

export const target: FuzzTarget = {
  covers: ['src/core/identity/sessionMessages.ts'],
  kind: 'json',
  head: 1,
  dictionary: [
    ...['kind', 'chat', 'call', 'key', 'sealed', 'begins', 'video', 'request', 'decision'],
    ...['accepted', 'declined', 'busy', 'unavailable', 'cancelled', alice.kid, mallory.kid],
    ...['2026-03-01T12:01:00.001Z', '2026-03-01T11:00:00.000Z', '2026-03-01T11:01:00.000Z'],
  ],
  seeds: () => [
    inMode(Mode.message, JSON.stringify(request)),
    inMode(Mode.message, JSON.stringify(answer)),
    inMode(Mode.request, requestBytes.toString()),
    inMode(Mode.answer, Buffer.from(answer.signed, 'base64url').toString()),
    inMode(Mode.sealed, '{"begins":"audio"}'),
  ],
  fuzz(input) {
    const mode = (input[0] ?? 0) % 5;
    const message = messageOf(mode, input.subarray(1));
    if (message === undefined) return false;
    const asked = read(message);
    const answered = readAnswer(message);
    demand(asked === undefined || answered === undefined, 'a request that is an answer as well');
    if (asked === undefined && answered === undefined) return false;
    demand(mode !== Mode.byMallory, 'somebody else signs for bob');
    if (asked !== undefined) {
      demand(asked.senderKid === bob.kid && /^[0-9a-f]{32}$/.test(asked.id), 'of somebody else');
      demand(asked.publicKey.length === 32, 'a key that is none');
      demand(asked.kind === 'call' || !asked.video, 'a chat with a camera');
      const [created, expires] = [Date.parse(asked.createdAt), Date.parse(asked.expiresAt)];
      demand(expires > created && expires - created <= 60_000, 'a request of more than a minute');
      demand(created <= now + 300_000, 'a request from the future');
      demand(asked.isLate === expires + 300_000 < now, 'late or not');
    }
    if (answered !== undefined) {
      demand(answered.senderKid === bob.kid, 'an answer of somebody else');
      demand(answered.requestHash.length === 32, 'a hash that is none');
      demand((answered.decision === 'accepted') === (answered.publicKey?.length === 32), 'its key');
      const asCaller = { id, bytes: requestBytes, ownSide: 'caller', peerKid: bob.kid } as const;
      const other = { ...asCaller, bytes: Buffer.concat([requestBytes, Buffer.from(' ')]) };
      demand(!isAnswerTo(answered, other), 'an answer to another request');
      demand(
        !isAnswerTo(answered, asCaller) ||
          !isAnswerTo(answered, { ...asCaller, ownSide: 'callee' }),
        'a decision of both sides',
      );
    }
    return true;
  },
};

function read(message: SignedMessage) {
  return readOr(['AGENT_UNKNOWN', 'SIGNATURE_INVALID', 'CLOCK_SKEW', 'PROTOCOL'], () =>
    readSessionRequest(message, { identity: alice, find, now, late: true }),
  )?.value;
}

function readAnswer(message: SignedMessage) {
  return readOr(['AGENT_UNKNOWN', 'SIGNATURE_INVALID', 'CLOCK_SKEW', 'PROTOCOL'], () =>
    readSessionAnswer(message, { identity: alice, find, now }),
  )?.value;
}

function find(kid: string) {
  return kid === bob.kid ? ofBob : undefined;
}

function messageOf(mode: number, body: Buffer): SignedMessage | undefined {
  if (mode === Mode.request) return sign(body, REQUEST_LABEL);
  if (mode === Mode.answer) return sign(body, ANSWER_LABEL);
  if (mode === Mode.byMallory) return sign(body, REQUEST_LABEL, mallory);
  const json = parseJson(body)?.value;
  if (typeof json !== 'object' || json === null) return undefined;
  if (mode === Mode.sealed) {
    const fields = JSON.parse(requestBytes.toString()) as object;
    const bytes = JSON.stringify({ ...fields, sealed: seal(bobsKeys, id, json) });
    return sign(Buffer.from(bytes), REQUEST_LABEL);
  }
  const { signed, signature } = json as Partial<SignedMessage>;
  return typeof signed === 'string' && typeof signature === 'string'
    ? { signed, signature }
    : undefined;
}

function sign(bytes: Buffer, label: string, signer = bob): SignedMessage {
  return {
    signed: bytes.toString('base64url'),
    signature: signer.sign(label, bytes).toString('base64url'),
  };
}

function inMode(mode: number, body: string): Buffer {
  return Buffer.concat([Buffer.from([mode]), Buffer.from(body)]);
}
