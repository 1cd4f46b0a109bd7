import * as v from 'valibot';
import { parseServiceTime } from './serviceTime';
import type { MessagePart, Task, TaskMessage } from './types';

/**
 * What the service sends, made into what the contract says, or refused.
 * Extra fields, nulls and oddities in what we do not rely on are passed over; an id, a status or an
 * `updated_at` that cannot be understood makes the whole task worthless.
 */

const optionalText = v.fallback(v.optional(v.string()), undefined);

const serviceTime = v.pipe(
  v.string(),
  v.check((text) => parseServiceTime(text) !== undefined, 'is not a time'),
);

/** An array's good items; the bad ones are left out, so that one cannot hide the others. */
function goodItems<T>(schema: v.GenericSchema<unknown, T>) {
  return v.pipe(
    v.array(v.unknown()),
    v.transform((items) =>
      items.flatMap((item) => {
        const result = v.safeParse(schema, item);
        return result.success ? [result.output] : [];
      }),
    ),
  );
}

const partSchema: v.GenericSchema<unknown, MessagePart> = v.pipe(
  v.object({ type: v.string(), content: v.optional(v.unknown()) }),
  v.transform(({ type, content }) => ({ type, content })),
);

export const messageSchema: v.GenericSchema<unknown, TaskMessage> = v.pipe(
  v.object({
    id: v.union([v.pipe(v.number(), v.safeInteger()), v.string()]),
    actor_id: optionalText,
    parts: v.fallback(goodItems(partSchema), []),
    created_at: v.fallback(v.string(), ''),
  }),
  v.transform((message) => ({
    id: message.id,
    actorId: message.actor_id,
    parts: message.parts,
    createdAt: message.created_at,
  })),
);

const payloadSchema = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

export const taskIdSchema = v.pipe(v.number(), v.safeInteger());

export const taskSchema: v.GenericSchema<unknown, Task> = v.pipe(
  v.object({
    id: taskIdSchema,
    title: v.fallback(v.string(), ''),
    description: optionalText,
    status: v.picklist(['pending', 'in_progress', 'completed', 'cancelled', 'failed', 'rejected']),
    type: optionalText,
    channel: optionalText,
    payload: v.fallback(payloadSchema, () => ({})),
    outputs: v.fallback(v.array(v.unknown()), () => []),
    source_id: optionalText,
    assignee_id: optionalText,
    lease_expires: optionalText,
    created_at: optionalText,
    updated_at: serviceTime,
    messages: v.fallback(v.optional(goodItems(messageSchema)), undefined),
  }),
  v.transform((task) => ({
    id: task.id,
    title: task.title,
    description: task.description,
    status: task.status,
    type: task.type,
    channel: task.channel,
    payload: task.payload,
    outputs: task.outputs,
    sourceId: task.source_id,
    assigneeId: task.assignee_id,
    leaseExpires: task.lease_expires,
    createdAt: task.created_at ?? task.updated_at,
    updatedAt: task.updated_at,
    messages: task.messages,
  })),
);

export const taskAnswer = v.object({ task: taskSchema });
export const messageAnswer = v.object({ message: messageSchema });

/** Some encoders write an empty list as null. */
export const tasksAnswer = v.object({ tasks: v.nullable(goodItems(taskSchema), []) });
export const messagesAnswer = v.object({ messages: v.nullable(goodItems(messageSchema), []) });

/** A path below the hub's own address; two slashes at its beginning would be another's. */
const relaySchema = v.object({
  key: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/i), v.toLowerCase()),
  path: v.pipe(v.string(), v.regex(/^(\/(?!\.+(\/|$))[\w.~-]+)+$/)),
});

export const hubAnswer = v.object({
  ats: v.string(),
  bootstrap: v.fallback(goodItems(v.pipe(v.string(), v.regex(/^[^\s/@]+:\d{1,5}$/))), []),
  relay: v.fallback(v.optional(relaySchema), undefined),
});
