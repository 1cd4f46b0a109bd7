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
import type { AgentRef, Transfer, TransferResult } from '../core/events';
import { openFileHome } from '../core/home/fileHome';
import type { Shape } from './output/report';

/** What a home remembers of a transfer, and how it went if it is complete. */
export interface LocalStatus
  extends Shape, Partial<Omit<TransferResult, 'audit' | 'bytes' | 'peerKey'>> {
  readonly state: 'open' | 'completed' | 'failed';
  readonly direction: 'send' | 'receive';
  readonly peer: string;
  /** Present between paired agents. */
  readonly agent?: AgentRef;
  readonly fileName: string;
  readonly fileSize: number;
  readonly startedAt: string;
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
  const { startedAt } = record;
  const about = { state: 'open', direction: 'send', startedAt } as const;
  if ('agent' in record) {
    const { agent, peerId: peer, fileName, fileSize, kind, roots, entries, source } = record;
    const [path] = source.paths;
    return {
      ...about,
      ...{ peer, agent, fileName, fileSize, kind, roots, entries },
      ...(path === undefined ? {} : { path }),
    };
  }
  const { recipientId: peer, source, sha256 } = record;
  return {
    ...about,
    ...{ peer, fileName: source.name, fileSize: source.size, ...SINGLE, path: source.path },
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

function ofReceiving(record: IncomingRecord | PairedIncoming): LocalStatus {
  const { fileName, fileSize, startedAt } = record;
  const about = { state: 'open', direction: 'receive', fileName, fileSize, startedAt } as const;
  if ('agent' in record) {
    const { peerId: peer, agent, kind, roots, entries } = record;
    return { ...about, ...{ peer, agent, kind, roots, entries } };
  }
  return { ...about, peer: record.senderId, sha256: record.fileHash, ...SINGLE };
}

/** The shape of whatever goes to open peers. */
const SINGLE = { kind: 'file', roots: 1, entries: 1 } as const;

function ofEnded(ended: Transfer): LocalStatus | undefined {
  const { direction, peerId: peer, agent, fileName, fileSize, kind, roots, entries } = ended;
  const { startedAt, state } = ended;
  const about = {
    ...{ direction, peer, fileName, fileSize, kind, roots, entries, startedAt },
    ...(agent === undefined ? {} : { agent }),
  };
  if (state.kind === 'failed') return { state: 'failed', ...about, error: state.error };
  if (state.kind !== 'completed') return undefined;
  const { peerKey: _peerKey, audit: _audit, bytes: _bytes, ...result } = state.result;
  return { state: 'completed', ...about, ...result };
}
