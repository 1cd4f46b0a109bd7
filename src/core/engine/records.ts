import * as v from 'valibot';
import type { Transfer } from '../events';

/**
 * What is journaled, so that another process can go on. Records are read back from disk, where an
 * older or newer Beeline, or nobody in particular, may have written them.
 */
export const placeSchema = v.object({
  atsUrl: v.string(),
  organization: v.optional(v.string()),
  project: v.optional(v.string()),
  actorId: v.string(),
});

/** A file as it was when it was offered. */
export const sourceSchema = v.object({
  path: v.string(),
  name: v.string(),
  size: v.number(),
  mtimeNs: v.string(),
  ino: v.string(),
});

const outgoing = v.object({
  version: v.literal(1),
  place: placeSchema,
  transferId: v.string(),
  source: sourceSchema,
  recipientId: v.string(),
  channel: v.string(),
  startedAt: v.string(),
  /** ISO 8601, this machine's clock; only compared after a restart. */
  expiresAt: v.string(),
  /** 32 bytes, hex: the Noise key pair of this transfer is made from it. */
  seed: v.string(),
  sha256: v.optional(v.string()),
  taskId: v.optional(v.number()),
  /** Set before the task is created: from then on it may exist although its number is unknown. */
  posting: v.optional(v.boolean()),
  /** Set before the first byte may leave: only then can a completion be true. */
  began: v.optional(v.boolean()),
  /** Why it ended, until the task says so too. */
  failure: v.optional(v.object({ code: v.string(), message: v.string() })),
});

const incoming = v.object({
  version: v.literal(1),
  place: placeSchema,
  transferId: v.string(),
  taskId: v.number(),
  senderId: v.string(),
  fileName: v.string(),
  safeName: v.string(),
  fileSize: v.number(),
  fileHash: v.string(),
  noiseKeyHash: v.optional(v.string()),
  channel: v.string(),
  startedAt: v.string(),
  seed: v.string(),
  directory: v.optional(v.string()),
  path: v.optional(v.string()),
  /** A partial that is removed when the transfer starts again. */
  temporaryPath: v.optional(v.string()),
  /** How it ended, until the task says so too. */
  outcome: v.optional(
    v.variant('kind', [
      v.object({
        kind: v.literal('saved'),
        path: v.string(),
        bytes: v.number(),
        sha256: v.string(),
        durationMs: v.number(),
        peerKey: v.picklist(['matched', 'unannounced']),
      }),
      v.object({ kind: v.literal('failed'), code: v.string(), message: v.string() }),
    ]),
  ),
});

export type Place = v.InferOutput<typeof placeSchema>;
export type OutgoingRecord = v.InferOutput<typeof outgoing>;
export type IncomingRecord = v.InferOutput<typeof incoming>;

/** Undefined for what cannot be understood; such a record is left where it is. */
export function readOutgoing(record: unknown): OutgoingRecord | undefined {
  const parsed = v.safeParse(outgoing, record);
  return parsed.success ? parsed.output : undefined;
}

export function readIncoming(record: unknown): IncomingRecord | undefined {
  const parsed = v.safeParse(incoming, record);
  return parsed.success ? parsed.output : undefined;
}

const ended = v.looseObject({
  transferId: v.string(),
  direction: v.picklist(['send', 'receive']),
  peerId: v.string(),
  fileName: v.string(),
  // Lines from before there were folders say nothing of these.
  kind: v.optional(v.picklist(['file', 'folder', 'several']), 'file'),
  roots: v.optional(v.number(), 1),
  entries: v.optional(v.number(), 1),
  fileSize: v.number(),
  channel: v.string(),
  startedAt: v.string(),
  state: v.variant('kind', [
    v.looseObject({
      kind: v.literal('completed'),
      result: v.looseObject({
        bytes: v.number(),
        sha256: v.optional(v.string()),
        durationMs: v.number(),
      }),
    }),
    v.looseObject({
      kind: v.literal('failed'),
      error: v.object({ code: v.string(), message: v.string() }),
    }),
  ]),
});

/** A line of the history. */
export function readEnded(record: unknown): Transfer | undefined {
  const parsed = v.safeParse(ended, record);
  return parsed.success ? (parsed.output as unknown as Transfer) : undefined;
}

export function samePlace(one: Place, other: Place): boolean {
  return (
    one.atsUrl === other.atsUrl &&
    one.actorId === other.actorId &&
    one.organization === other.organization &&
    one.project === other.project
  );
}
