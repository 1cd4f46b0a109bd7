import * as v from 'valibot';
import type { MessageBody } from '../chatEvents';
import { codeRange, hexId as id } from '../wire/shapes';

/**
 * The lines that a conversation keeps, read back from disk, where an older Beeline or nobody in
 * particular may have written them.
 */

const body = v.variant('kind', [
  v.object({ kind: v.literal('text'), text: v.string() }),
  v.object({
    kind: v.literal('code'),
    path: v.string(),
    language: v.exactOptional(v.string()),
    range: codeRange,
    text: v.string(),
  }),
  v.object({ kind: v.literal('file'), transferId: id }),
]);

const out = v.object({ t: v.literal('out'), id, at: v.string(), body });
/** It came from the agent. */
const arrived = v.object({ t: v.literal('in'), id, at: v.string(), body });
const ids = v.array(id);

const historyLine = v.variant('t', [
  out,
  arrived,
  /** Own ones that are on the other side's disk. */
  v.object({ t: v.literal('delivered'), ids }),
  /** Own ones up to this were seen there. */
  v.object({ t: v.literal('read'), id }),
  /** The agent's up to this were seen here. */
  v.object({ t: v.literal('seen'), id }),
]);

const outboxLine = v.variant('t', [
  out,
  /** These do not wait any more. */
  v.object({ t: v.literal('done'), ids }),
]);

const receivedLine = v.object({ t: v.literal('got'), ids });

export type HistoryLine = v.InferOutput<typeof historyLine>;
export type OutboxLine = v.InferOutput<typeof outboxLine>;
export type ReceivedLine = v.InferOutput<typeof receivedLine>;

/** A message as it stands on disk, whichever way it goes. */
export interface KeptMessage {
  readonly t: 'out' | 'in';
  readonly id: string;
  /** ISO 8601, this machine's clock. */
  readonly at: string;
  readonly body: MessageBody;
}

/** Undefined for what cannot be understood. */
export function readHistoryLine(value: unknown): HistoryLine | undefined {
  const parsed = v.safeParse(historyLine, value);
  return parsed.success ? parsed.output : undefined;
}

export function readOutboxLine(value: unknown): OutboxLine | undefined {
  const parsed = v.safeParse(outboxLine, value);
  return parsed.success ? parsed.output : undefined;
}

export function readReceivedLine(value: unknown): ReceivedLine | undefined {
  const parsed = v.safeParse(receivedLine, value);
  return parsed.success ? parsed.output : undefined;
}
