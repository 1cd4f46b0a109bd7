import { createAtsClient } from '../core/ats/client';
import type { AtsClient, Task } from '../core/ats/types';
import { readFileOffer } from '../core/engine/offerPayload';
import type { EngineConfig } from '../core/engineConfig';
import { errors, toBeelineError, type ErrorData } from '../core/errors';
import { exitCodes } from './exitCode';
import type { StatusFlags } from './flags';
import { homeFolder, profileOf } from './homeEngine';
import { localStatus, type LocalStatus } from './localStatus';
import { readSources } from './readSources';
import { jsonLine } from './output/displayText';
import { withReporter, type Session } from './session';
import { resolveConfig } from './settings';
import { statusText } from './statusText';

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
  const task = found.find((one) => isAbout(one, transferId));
  return task === undefined ? undefined : client.getTask(task.id, signal);
}

/** A paired agent's offer seals its names, so it is known by its id alone; so is a catch-up audit. */
function isAbout(task: Task, transferId: string): boolean {
  return (
    readFileOffer(task)?.transferId === transferId || task.payload['transfer_id'] === transferId
  );
}
