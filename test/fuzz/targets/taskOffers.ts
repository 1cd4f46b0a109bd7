import * as v from 'valibot';
import { taskSchema } from '../../../src/core/ats/schemas';
import type { Task } from '../../../src/core/ats/types';
import { isErrorCode } from '../../../src/core/errors';
import {
  announcements,
  completedHash,
  fileOfferTask,
  readFileOffer,
  statedReason,
} from '../../../src/core/engine/offerPayload';
import { readOfferHint } from '../../../src/core/engine/paired/pairedTask';
import { demand, demandEqual, jsonSeeds, parseJson } from '../properties';
import type { FuzzTarget } from '../target';

const hash = 'ab'.repeat(32);
const task = { id: 7, status: 'pending', type: 'file_offer', updated_at: '2026-03-01T12:00:00Z' };
const offer = { transfer_id: 't', sender_id: 'bob', recipient_id: 'alice' };

/** A task from the service, and all that the engine reads out of one. */
export const target: FuzzTarget = {
  covers: ['src/core/engine/offerPayload.ts'],
  kind: 'json',
  dictionary: ['payload', 'signed', 'sha256', 'data', 'content', 'noise_key_hash', 'outputs', hash],
  seeds: () =>
    jsonSeeds(
      {
        ...task,
        source_id: 'bob',
        payload: { ...offer, file_name: 'a', file_size: 3, file_hash: hash, noise_key_hash: hash },
      },
      { ...task, payload: { id: 't', from: 'bob', to: 'alice', name: 'ü', size: 0, sha256: hash } },
      { ...task, payload: { ...offer, signed: 's', signature: 's', file_size: 3 } },
      {
        ...task,
        payload: { ...offer, file_name: 'a', file_size: 3, file_hash: hash },
        outputs: [null, { content: { data: { hash } } }],
        messages: [
          { id: 1, actor_id: 'bob', parts: [{ type: 'data', content: { noise_key_hash: hash } }] },
          {
            id: 2,
            actor_id: 'bob',
            parts: [{ type: 'data', content: { code: 'DISK_FULL', reason: 'x\u202ey' } }],
          },
        ],
      },
    ),
  fuzz(input) {
    const read = v.safeParse(taskSchema, parseJson(input)?.value);
    if (!read.success) return false;
    readThread(read.output);
    const isOffer = readOpen(read.output);
    const isHint = readPaired(read.output);
    demand(!(isOffer && isHint), 'an offer of both kinds');
    return isOffer || isHint;
  },
};

function readOpen(from: Task): boolean {
  const found = readFileOffer(from);
  if (found === undefined) return false;
  for (const id of [found.transferId, found.senderId, found.recipientId]) {
    demand(id.length >= 1 && id.length <= 128, 'an id beyond its limits');
  }
  demand(found.fileName !== '' && found.fileName.length <= 1024, 'a name beyond its limits');
  demand(/^[0-9a-f]{64}$/.test(found.fileHash), 'a hash that is none');
  demand(Number.isSafeInteger(found.fileSize) && found.fileSize >= 0, 'a size that is none');
  demand(from.sourceId === undefined || from.sourceId === found.senderId, 'in another name');
  const { type, payload, title } = fileOfferTask(found, 'files');
  demand(Array.from(title).length <= 200, 'a title that is a page');
  demandEqual(readFileOffer({ ...from, type, payload }), found, 'written it is another');
  return true;
}

function readPaired(from: Task): boolean {
  const hint = readOfferHint(from);
  if (hint === undefined) return false;
  demand(hint.taskId === from.id, 'a hint of another task');
  const { taskId: _, ...texts } = hint;
  demand(
    Object.values(texts).every((text) => typeof text === 'string' && text !== ''),
    'no text',
  );
  return true;
}

function readThread({ messages = [], outputs }: Task): void {
  for (const { hash: announced } of announcements(messages, 'bob')) {
    demand(/^[0-9a-f]{64}$/.test(announced), 'a key that is none');
  }
  const stated = statedReason(messages, 'bob');
  if (stated !== undefined) {
    demand(isErrorCode(stated.code), 'a code that is none');
    demand(Array.from(stated.reason).length <= 500, 'a reason that is a page');
    demand(!/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(stated.reason), 'a reason that moves');
  }
  const completed = completedHash(outputs);
  demand(completed === undefined || completed.toLowerCase() === completed, 'a hash in capitals');
}
