import {
  readPairedIncoming,
  readPairedOutgoing,
  type PairedIncoming,
  type PairedOutgoing,
} from '../core/engine/paired/pairedRecords';
import {
  readEnded,
  readIncoming,
  readOutgoing,
  type IncomingRecord,
  type OutgoingRecord,
} from '../core/engine/records';
import type { ErrorData } from '../core/errors';
import type { AgentRef, LinkPath, Transfer } from '../core/events';
import { openFileHome } from '../core/home/fileHome';

/** What a home remembers of a transfer. */
export interface LocalStatus {
  readonly state: 'open' | 'completed' | 'failed';
  readonly direction: 'send' | 'receive';
  readonly peer: string;
  /** Present between paired agents. */
  readonly agent?: AgentRef;
  readonly fileName: string;
  readonly fileSize: number;
  readonly startedAt: string;
  readonly path?: string;
  readonly sha256?: string;
  readonly durationMs?: number;
  readonly via?: LinkPath;
  /** Between paired agents: by this either can prove later what was sent (hex). */
  readonly receipt?: string;
  readonly error?: ErrorData;
}

/** Reads the journals, first of what is open, then of what has ended. */
export async function localStatus(
  folder: string,
  transferId: string,
  log: (line: string) => void,
): Promise<LocalStatus | undefined> {
  const home = await openFileHome(folder, log);
  const outgoing = await home.read('outgoing', transferId);
  const sending = readOutgoing(outgoing) ?? readPairedOutgoing(outgoing);
  if (sending !== undefined) return ofSending(sending);
  const incoming = await home.read('incoming', transferId);
  const receiving = readIncoming(incoming) ?? readPairedIncoming(incoming);
  if (receiving !== undefined) return ofReceiving(receiving);
  const ended = readEnded(await home.read('history', transferId));
  return ended === undefined ? undefined : ofEnded(ended);
}

function ofSending(record: OutgoingRecord | PairedOutgoing): LocalStatus {
  const { source, startedAt } = record;
  return {
    state: 'open',
    direction: 'send',
    fileName: source.name,
    fileSize: source.size,
    startedAt,
    path: source.path,
    ...('agent' in record
      ? { peer: record.peerId, agent: record.agent }
      : {
          peer: record.recipientId,
          ...(record.sha256 === undefined ? {} : { sha256: record.sha256 }),
        }),
  };
}

function ofReceiving(record: IncomingRecord | PairedIncoming): LocalStatus {
  const { fileName, fileSize, startedAt } = record;
  return {
    state: 'open',
    direction: 'receive',
    ...{ fileName, fileSize, startedAt },
    ...('agent' in record
      ? { peer: record.peerId, agent: record.agent }
      : { peer: record.senderId, sha256: record.fileHash }),
  };
}

function ofEnded(ended: Transfer): LocalStatus | undefined {
  const { direction, peerId: peer, agent, fileName, fileSize, startedAt, state } = ended;
  const about = {
    ...{ direction, peer, fileName, fileSize, startedAt },
    ...(agent === undefined ? {} : { agent }),
  };
  if (state.kind === 'failed') return { state: 'failed', ...about, error: state.error };
  if (state.kind !== 'completed') return undefined;
  const { path, sha256, durationMs, via, receipt } = state.result;
  return {
    state: 'completed',
    ...about,
    ...(path === undefined ? {} : { path }),
    sha256,
    durationMs,
    ...(via === undefined ? {} : { via }),
    ...(receipt === undefined ? {} : { receipt }),
  };
}
