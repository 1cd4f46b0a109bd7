import * as v from 'valibot';
import { createEndpoint } from '../../../src/core/ats/endpoint';
import { readAnswer } from '../../../src/core/ats/readAnswer';
import {
  messageAnswer,
  messagesAnswer,
  taskAnswer,
  tasksAnswer,
} from '../../../src/core/ats/schemas';
import { parseServiceTime } from '../../../src/core/ats/serviceTime';
import type { Task } from '../../../src/core/ats/types';
import { BeelineError } from '../../../src/core/errors';
import { demand } from '../properties';
import type { FuzzTarget } from '../target';

const endpoint = createEndpoint(
  'http://127.0.0.1:1/ats',
  { type: 'agent', id: 'a', name: 'A' },
  undefined,
);
const statuses = [200, 201, 204, 0, 301, 400, 401, 403, 404, 409, 422, 500, 599] as const;
const task = {
  id: 1,
  title: 'T',
  status: 'pending',
  type: 'file_offer',
  channel: 'files',
  payload: { a: 1 },
  outputs: [],
  source_id: 'bob',
  created_at: '2026-03-01T12:00:00Z',
  updated_at: '2026-03-01 12:00:00.123456+00',
};
const message = {
  id: 1,
  actor_id: 'bob',
  parts: [{ type: 'text', content: 'x' }],
  created_at: 'x',
};

/** The status, then the body. What is no answer is an error that can be shown to a person. */
export const target: FuzzTarget = {
  covers: ['src/core/ats/readAnswer.ts', 'src/core/ats/schemas.ts', 'src/core/ats/serviceTime.ts'],
  kind: 'json',
  head: 1,
  dictionary: [
    'error',
    'message',
    'in_progress',
    'already',
    'failed',
    '/.',
    'task',
    'tasks',
    '\u202e',
  ],
  seeds: () =>
    [
      { task },
      { task: { ...task, messages: [message, null], channel: null } },
      { tasks: [task, { ...task, id: '2' }] },
      { tasks: null },
      { messages: [message] },
      { message },
    ].map((body) => Buffer.concat([Buffer.from([0]), Buffer.from(JSON.stringify(body))])),
  fuzz(input) {
    const status = statuses[(input[0] ?? 0) % statuses.length] ?? 200;
    const text = input.subarray(1).toString('utf8');
    const answer = { status, statusText: text.slice(0, 40), text, location: text };
    const json = readOrShow(() =>
      readAnswer(endpoint, { method: 'GET', path: '/', what: 'it', transition: true }, answer),
    );
    if (json === undefined) return false;
    demand(status >= 200 && status < 300, 'an error that is taken for an answer');
    let accepted = 0;
    for (const read of [readTask, readTasks, readMessages]) if (read(json.value)) accepted++;
    return accepted > 0;
  },
};

function readOrShow(read: () => unknown): { value: unknown } | undefined {
  try {
    return { value: read() };
  } catch (thrown) {
    demand(
      thrown instanceof BeelineError && thrown.code.startsWith('ATS_'),
      'another error',
      thrown,
    );
    demand(thrown.message.length <= 1200, 'a sentence that is a page');
    demand(
      !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(thrown.message),
      'a sentence that moves',
    );
    return undefined;
  }
}

function readTask(json: unknown): boolean {
  const read = v.safeParse(taskAnswer, json);
  if (read.success) demandGoodTask(read.output.task);
  return read.success;
}

function readTasks(json: unknown): boolean {
  const read = v.safeParse(tasksAnswer, json);
  if (read.success) for (const each of read.output.tasks) demandGoodTask(each);
  return read.success;
}

export function demandGoodTask({ id, status, updatedAt, payload, outputs, messages }: Task): void {
  demand(Number.isSafeInteger(id), 'an id that is none');
  demand(
    ['pending', 'in_progress', 'completed', 'cancelled', 'failed', 'rejected'].includes(status),
    'a status that is none',
  );
  demand(Number.isFinite(parseServiceTime(updatedAt)), 'a time that is none');
  demand(typeof payload === 'object' && !Array.isArray(payload), 'a payload that is none');
  demand(Array.isArray(outputs), 'outputs that are no list');
  demand(messages === undefined || Array.isArray(messages), 'messages that are no list');
}

function readMessages(json: unknown): boolean {
  const many = v.safeParse(messagesAnswer, json);
  const one = v.safeParse(messageAnswer, json);
  const messages = [
    ...(many.success ? many.output.messages : []),
    ...(one.success ? [one.output.message] : []),
  ];
  for (const { parts, id } of messages) {
    demand(typeof id === 'string' || Number.isSafeInteger(id), 'an id that is none');
    for (const { type } of parts) demand(typeof type === 'string', 'a part of no type');
  }
  return messages.length > 0;
}
