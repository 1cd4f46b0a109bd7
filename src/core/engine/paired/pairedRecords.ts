import * as v from 'valibot';
import { samePlace, type Place } from '../records';

/**
 * Journals of transfers between paired agents. They lie beside those of open mode, under another
 * version, so that each side of the engine leaves the other's alone.
 */
const place = v.object({
  atsUrl: v.string(),
  organization: v.optional(v.string()),
  project: v.optional(v.string()),
  actorId: v.string(),
});

const agent = v.object({ kid: v.string(), name: v.string(), fingerprint: v.string() });

const common = {
  version: v.literal(2),
  place,
  transferId: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  agent,
  /** The actor id it has, for the task and for people. */
  peerId: v.string(),
  channel: v.string(),
  startedAt: v.string(),
  /** ISO 8601: until when the offer stands unanswered. */
  expiresAt: v.string(),
  taskId: v.optional(v.number()),
};

const failed = v.object({ kind: v.literal('failed'), code: v.string(), message: v.string() });
const via = v.picklist(['direct', 'relay', 'hub']);

const outgoing = v.object({
  ...common,
  /** The file as it was when it was offered. */
  source: v.object({
    path: v.string(),
    name: v.string(),
    size: v.number(),
    mtimeNs: v.string(),
    ino: v.string(),
  }),
  signed: v.string(),
  signature: v.string(),
  /** The recipient has begun to fetch it, so it does not expire any more. */
  began: v.optional(v.boolean()),
  /** The task that records what was arranged over the link alone. */
  auditId: v.optional(v.number()),
  /** Set before the task is created: from then on it may exist although its number is unknown. */
  posting: v.optional(v.boolean()),
  outcome: v.optional(
    v.variant('kind', [
      v.object({
        kind: v.literal('received'),
        bytes: v.number(),
        sha256: v.string(),
        receipt: v.string(),
        durationMs: v.number(),
        via: v.optional(via),
      }),
      failed,
    ]),
  ),
});

const incoming = v.object({
  ...common,
  fileName: v.string(),
  safeName: v.string(),
  fileSize: v.number(),
  entries: v.number(),
  directory: v.optional(v.string()),
  path: v.optional(v.string()),
  /** Hex; the list that the person looked at before accepting. */
  digest: v.optional(v.string()),
  /** A partial that is removed when the transfer starts again. */
  temporaryPath: v.optional(v.string()),
  outcome: v.optional(
    v.variant('kind', [
      v.object({
        kind: v.literal('saved'),
        path: v.string(),
        bytes: v.number(),
        sha256: v.string(),
        receipt: v.string(),
        durationMs: v.number(),
        via,
      }),
      failed,
    ]),
  ),
});

export type PairedOutgoing = v.InferOutput<typeof outgoing>;
export type PairedIncoming = v.InferOutput<typeof incoming>;

/** Undefined for what cannot be understood; such a record is left where it is. */
export function readPairedOutgoing(record: unknown): PairedOutgoing | undefined {
  const parsed = v.safeParse(outgoing, record);
  return parsed.success ? parsed.output : undefined;
}

export function readPairedIncoming(record: unknown): PairedIncoming | undefined {
  const parsed = v.safeParse(incoming, record);
  return parsed.success ? parsed.output : undefined;
}

/** A journal at the service in force: at another one, the number of its task is somebody else's. */
export function movedTo<T extends PairedOutgoing | PairedIncoming>(place: Place, record: T): T {
  if (samePlace(record.place, place)) return record;
  // A journal without a value has none: undefined is not written.
  return { ...record, place, taskId: undefined, posting: undefined, auditId: undefined };
}
