import { createAtsClient } from '../core/ats/client';
import type { AtsClient, Task } from '../core/ats/types';
import { readFileOffer } from '../core/engine/offerPayload';
import { readEnded, readIncoming, readOutgoing } from '../core/engine/records';
import type { EngineConfig } from '../core/engineConfig';
import { errors, toBeelineError, type ErrorData } from '../core/errors';
import { openFileHome } from '../core/home/fileHome';
import { exitCodes } from './exitCode';
import type { StatusFlags } from './flags';
import { homeFolder, profileOf } from './homeEngine';
import { readSources } from './readSources';
import { jsonLine } from './output/displayText';
import { withReporter, type Session } from './session';
import { resolveConfig } from './settings';
import { statusText } from './statusText';

/** What a home remembers of a transfer. */
export interface LocalStatus {
  readonly state: 'open' | 'completed' | 'failed';
  readonly direction: 'send' | 'receive';
  readonly peer: string;
  readonly fileName: string;
  readonly fileSize: number;
  readonly startedAt: string;
  readonly path?: string;
  readonly sha256?: string;
  readonly durationMs?: number;
  readonly error?: ErrorData;
}

/** With `--json` the one line is this. */
export interface StatusReport {
  readonly event: 'status';
  readonly transferId: string;
  readonly local: LocalStatus | null;
  /** With its thread. */
  readonly task: Task | null;
  /** Why the task service could not be asked. */
  readonly problem?: ErrorData;
}

/** Tasks that a search for one id can sensibly find. */
const SEARCH_LIMIT = 20;

/**
 * `beeline status`: reads the journals and asks the task service. It starts no engine, because
 * looking must not take up what another process left.
 */
export function status(transferId: string, flags: StatusFlags, session: Session): Promise<number> {
  return withReporter(session, flags.json, async () => {
    const home = homeFolder(flags, session);
    const log = (line: string): void => {
      session.err.line(line);
    };
    const config = resolveConfig(flags, await readSources(session, await profileOf(home, log)));
    const local = (await localStatus(home, transferId, log)) ?? null;
    let task: Task | null = null;
    let problem: ErrorData | undefined;
    try {
      task = (await findTask(clientOf(config), transferId, session.interruption.signal)) ?? null;
    } catch (thrown) {
      problem = toBeelineError(thrown).toData();
      if (local === null) throw thrown;
    }
    if (session.interruption.exitCode !== undefined) return session.interruption.exitCode;
    if (local === null && task === null) throw errors.atsNotFound(`the transfer ${transferId}`);
    const report: StatusReport = {
      event: 'status',
      transferId,
      local,
      task,
      ...(problem === undefined ? {} : { problem }),
    };
    session.out.line(flags.json === true ? jsonLine(report) : statusText(report));
    return exitCodes.done;
  });
}

async function localStatus(
  folder: string,
  transferId: string,
  log: (line: string) => void,
): Promise<LocalStatus | undefined> {
  const home = await openFileHome(folder, log);
  const outgoing = readOutgoing(await home.read('outgoing', transferId));
  if (outgoing !== undefined) {
    const { source, startedAt, sha256, recipientId: peer } = outgoing;
    const about = {
      fileName: source.name,
      fileSize: source.size,
      startedAt,
      path: source.path,
      peer,
    };
    return {
      state: 'open',
      direction: 'send',
      ...about,
      ...(sha256 === undefined ? {} : { sha256 }),
    };
  }
  const incoming = readIncoming(await home.read('incoming', transferId));
  if (incoming !== undefined) {
    const { fileName, fileSize, startedAt, fileHash: sha256, senderId: peer } = incoming;
    return { state: 'open', direction: 'receive', fileName, fileSize, startedAt, sha256, peer };
  }
  const ended = readEnded(await home.read('history', transferId));
  if (ended === undefined) return undefined;
  const { direction, peerId: peer, fileName, fileSize, startedAt, state } = ended;
  const about = { direction, peer, fileName, fileSize, startedAt };
  if (state.kind === 'failed') return { state: 'failed', ...about, error: state.error };
  if (state.kind !== 'completed') return undefined;
  const { path, sha256, durationMs } = state.result;
  return {
    state: 'completed',
    ...about,
    ...(path === undefined ? {} : { path }),
    sha256,
    durationMs,
  };
}

function clientOf(config: EngineConfig): AtsClient {
  return createAtsClient({
    url: config.atsUrl,
    actor: { type: config.actorType, id: config.actorId, name: config.actorName },
    organization: config.organization,
    project: config.project,
    apiKey: config.apiKey,
  });
}

async function findTask(
  client: AtsClient,
  transferId: string,
  signal: AbortSignal,
): Promise<Task | undefined> {
  const found = await client.listTasks({ search: transferId, limit: SEARCH_LIMIT }, signal);
  // The search looks into titles and descriptions, where an id may stand for other reasons.
  const task = found.find((one) => readFileOffer(one)?.transferId === transferId);
  return task === undefined ? undefined : client.getTask(task.id, signal);
}
