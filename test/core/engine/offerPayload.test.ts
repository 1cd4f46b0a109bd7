import assert from 'node:assert/strict';
import type { Task, TaskMessage } from '../../../src/core/ats/types';
import {
  announcements,
  completedHash,
  fileOfferTask,
  readFileOffer,
  statedReason,
} from '../../../src/core/engine/offerPayload';
import { holderOf, leaseFor } from '../../../src/core/engine/claim';

const HASH = 'ab'.repeat(32);
const payload = {
  transfer_id: 't-1',
  sender_id: 'alice',
  recipient_id: 'bob',
  file_name: 'a.txt',
  file_size: 5,
  file_hash: HASH,
};
const taskOf = (content: Record<string, unknown>, more: Partial<Task> = {}): Task => ({
  id: 1,
  title: '',
  status: 'pending',
  type: 'file_offer',
  payload: content,
  outputs: [],
  createdAt: '',
  updatedAt: '',
  sourceId: 'alice',
  ...more,
});
const message = (actorId: string, content: unknown, createdAt = ''): TaskMessage => ({
  id: 1,
  actorId,
  parts: [{ type: 'data', content }],
  createdAt,
});

describe('the payload of an offer', () => {
  it('is read under the names that others use', () => {
    const plain = readFileOffer(taskOf(payload));
    const aliases = [
      { transferId: 't-1', from: 'alice', to: 'bob', name: 'a.txt', size: 5, sha256: HASH },
      { id: 't-1', sender: 'alice', recipient: 'bob', filename: 'a.txt', fileSize: 5, hash: HASH },
      { ...payload, sender_id: undefined, file_hash: HASH.toUpperCase(), noise_key_hash: 7 },
    ];
    assert.equal(plain?.senderId, 'alice');
    for (const one of aliases) assert.deepEqual(readFileOffer(taskOf(one)), plain);
  });

  it('is none when it means nothing that can be', () => {
    const hostile: Record<string, unknown>[] = [
      {},
      { ...payload, file_size: 1.5 },
      { ...payload, file_size: 2 ** 60 },
      { ...payload, file_size: '5' },
      { ...payload, file_hash: `${HASH}0` },
      { ...payload, file_name: 'x'.repeat(2000) },
      { ...payload, transfer_id: 'x'.repeat(200) },
      { ...payload, recipient_id: { id: 'bob' } },
      { ...payload, sender_id: 'carol' },
      JSON.parse('{"__proto__":{"transfer_id":"t"}}') as Record<string, unknown>,
    ];
    for (const one of hostile) assert.equal(readFileOffer(taskOf(one)), undefined);
    assert.equal(readFileOffer(taskOf(payload, { type: 'p2p_session' })), undefined);
  });

  it('comes back as it was posted, with a title that is cut between characters', () => {
    const offer = readFileOffer(taskOf({ ...payload, file_name: '🐝'.repeat(250) }));
    assert.ok(offer !== undefined);
    const task = fileOfferTask({ ...offer, noiseKeyHash: HASH }, 'c');
    assert.deepEqual(readFileOffer(taskOf(task.payload)), { ...offer, noiseKeyHash: HASH });
    assert.equal(Buffer.from(task.title).toString(), task.title, 'half a character is not text');
    assert.match(task.description ?? '', /t-1/);
  });

  it('has keys and reasons only from whom they are about', () => {
    const thread = [
      message('mallory', { noise_key_hash: 'cd'.repeat(32), code: 'DISK_FULL' }),
      message('bob', { noise_key_hash: HASH }, 'later'),
      message('bob', { code: 'NOT_A_CODE' }),
      message('bob', 'text'),
      message('bob', { code: 'TOO_LARGE', reason: 'no\u001b[31m\u202e room' }),
    ];
    assert.deepEqual(announcements(thread, 'bob'), [{ hash: HASH, at: 'later' }]);
    assert.deepEqual(statedReason(thread, 'bob'), { code: 'TOO_LARGE', reason: 'no [31m  room' });
    assert.equal(statedReason(thread, 'carol'), undefined);
  });

  it('finds the hash of a completion wherever it stands, and survives what is nested for ever', () => {
    assert.equal(completedHash([1, null, { sha256: HASH.toUpperCase() }]), HASH);
    assert.equal(completedHash([{ type: 'data', content: { file_hash: HASH } }]), HASH);
    assert.equal(completedHash(['text', { hash: '' }, { bytes: 5 }]), undefined);
    let nested: unknown = { hash: HASH };
    for (let depth = 0; depth < 100_000; depth++) nested = { content: nested };
    assert.equal(completedHash([nested]), undefined);
  });
});

describe('whose claim it is', () => {
  const at = (hash: string, second: number) => ({
    hash,
    at: `2026-01-01T00:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(
      second % 60,
    ).padStart(2, '0')}.000000Z`,
  });

  it('is the first of those that came together, and the later of those that did not', () => {
    assert.equal(holderOf([]), undefined);
    assert.equal(holderOf([at('a', 0), at('b', 1), at('c', 59)]), 'a');
    assert.equal(holderOf([at('a', 0), at('b', 700), at('c', 701)]), 'b');
    assert.equal(
      holderOf([
        { hash: 'a', at: '?' },
        { hash: 'b', at: '?' },
      ]),
      'a',
    );
  });

  it('has a lease that outlasts a slow transfer and ends within a day', () => {
    assert.ok(leaseFor(0) >= 600_000);
    assert.ok(leaseFor(1024 ** 3) > 3_600_000);
    assert.ok(leaseFor(Number.MAX_SAFE_INTEGER) <= 86_400_000);
  });
});
