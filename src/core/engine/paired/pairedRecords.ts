import * as v from 'valibot';
import { hexId } from '../../wire/shapes';
import { placeSchema, samePlace, type Place } from '../records';

/**
 * Journals of transfers between paired agents. They lie beside those of open mode, under another
 * version, so that each side of the engine leaves the other's alone.
 */
const common = {
  version: v.literal(2),
  place: placeSchema,
  transferId: hexId,
  agent: v.object({ kid: v.string(), name: v.string(), fingerprint: v.string() }),
  /** The actor id it has, for the task and for people. */
  peerId: v.string(),
  channel: v.string(),
  startedAt: v.string(),
  /** ISO 8601: until when the offer stands unanswered. */
  expiresAt: v.string(),
  taskId: v.optional(v.number()),
  /** Of several, the first one's. */
  fileName: v.string(),
  /** Bytes of all files. */
  fileSize: v.number(),
  kind: v.optional(v.picklist(['file', 'folder', 'several']), 'file'),
  roots: v.optional(v.number(), 1),
  entries: v.optional(v.number(), 1),
  /** One round of keeping folders in step. */
  sync: v.optional(v.object({ id: v.string(), delete: v.boolean() })),
  /** ISO 8601: when bytes last moved, to the hour. */
  movedAt: v.optional(v.string()),
};

const failed = v.object({ kind: v.literal('failed'), code: v.string(), message: v.string() });
const via = v.picklist(['direct', 'relay', 'hub']);

/** What both sides know of a transfer that was delivered. */
const delivered = {
  bytes: v.number(),
  files: v.optional(v.number()),
  sha256: v.optional(v.string()),
  treeHash: v.optional(v.string()),
  receipt: v.string(),
  durationMs: v.number(),
  spared: v.optional(v.number()),
  changed: v.optional(v.number()),
  gone: v.optional(v.number()),
};

const outgoing = v.object({
  ...common,
  /** What was asked to be sent, so that the list can be made again. */
  source: v.object({ paths: v.array(v.string()), leaveOutIgnored: v.exactOptional(v.boolean()) }),
  /** The top-level names of the list, and where they lie, absolute. */
  sources: v.array(v.object({ name: v.string(), path: v.string() })),
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
      v.object({ kind: v.literal('received'), ...delivered, via: v.optional(via) }),
      failed,
    ]),
  ),
});

const incoming = v.object({
  ...common,
  safeName: v.string(),
  directory: v.optional(v.string()),
  path: v.optional(v.string()),
  /** In place of those two: the folder that is brought up to date. */
  update: v.optional(v.object({ target: v.string(), mayDelete: v.boolean() })),
  /** Accepting a sync grants it; with `since` it goes on under a grant, for as long as that holds. */
  grants: v.optional(v.object({ mayDelete: v.boolean(), since: v.exactOptional(v.string()) })),
  /** Hex; the list that was accepted. */
  digest: v.optional(v.string()),
  /** Where it arrives until it is whole. */
  staging: v.optional(v.string()),
  outcome: v.optional(
    v.variant('kind', [
      v.object({
        kind: v.literal('saved'),
        ...delivered,
        path: v.string(),
        via,
        conflicts: v.optional(v.array(v.string())),
        deleted: v.optional(v.number()),
        undeleted: v.optional(v.number()),
      }),
      failed,
    ]),
  ),
});

export type PairedOutgoing = v.InferOutput<typeof outgoing>;
export type PairedIncoming = v.InferOutput<typeof incoming>;

/** Undefined for what cannot be understood; such a record is left where it is. */
export function readPairedOutgoing(record: unknown): PairedOutgoing | undefined {
  const parsed = v.safeParse(outgoing, asTree(record));
  return parsed.success ? parsed.output : undefined;
}

export function readPairedIncoming(record: unknown): PairedIncoming | undefined {
  const parsed = v.safeParse(incoming, record);
  return parsed.success ? parsed.output : undefined;
}

/** As journals had it before there were folders. */
const ofSingleFile = v.looseObject({
  source: v.object({ path: v.string(), name: v.string(), size: v.number() }),
});

/** Those go on: a single file is a list of one, which is made again. */
function asTree(record: unknown): unknown {
  const parsed = v.safeParse(ofSingleFile, record);
  if (!parsed.success) return record;
  const { source, ...rest } = parsed.output;
  const { path, name, size } = source;
  return {
    ...rest,
    source: { paths: [path] },
    sources: [{ name, path }],
    fileName: name,
    fileSize: size,
  };
}

/** A journal at the service in force: at another one, the number of its task is somebody else's. */
export function movedTo<T extends PairedOutgoing | PairedIncoming>(place: Place, record: T): T {
  if (samePlace(record.place, place)) return record;
  // A journal without a value has none: undefined is not written.
  return { ...record, place, taskId: undefined, posting: undefined, auditId: undefined };
}

/** What a transfer's snapshot says of it from its journal, whichever way it goes. */
export function describeRecord(record: PairedOutgoing | PairedIncoming) {
  const { transferId, taskId, peerId, agent, fileName, kind, roots, entries } = record;
  return {
    transferId,
    ...(taskId !== undefined && { taskId }),
    peerId,
    agent,
    fileName,
    kind,
    roots,
    entries,
    ...(record.sync !== undefined && { sync: true }),
    fileSize: record.fileSize,
    channel: record.channel,
    startedAt: record.startedAt,
  };
}
