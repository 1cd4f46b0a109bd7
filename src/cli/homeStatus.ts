import { isEnded, type EngineSnapshot } from '../core/events';
import { presentAgents } from './agents';
import { agentReport } from './agentReport';
import { exitCodes } from './exitCode';
import type { StatusFlags } from './flags';
import { letGo, openHomeEngine } from './homeEngine';
import { homeStatusText } from './homeStatusText';
import { jsonLine } from './output/displayText';
import type { StateReport } from './output/folderReport';
import type { AgentReport } from './output/pairingReport';
import { withReporter, type Session } from './session';
import { stateReport } from './stateReport';

/** With `--json` the one line is this. */
export interface HomeReport {
  readonly event: 'home';
  readonly actorId: string;
  readonly url: string;
  readonly channel: string;
  readonly service: EngineSnapshot['service'];
  readonly self: EngineSnapshot['self'];
  readonly agents: readonly Omit<AgentReport, 'event'>[];
  readonly pairings: EngineSnapshot['pairings'];
  /** Those that have not ended; of the interrupted ones why, and how they go on. */
  readonly transfers: readonly Omit<StateReport, 'event'>[];
  /** Folders here that agents keep in step. */
  readonly grants: EngineSnapshot['grants'];
}

/** `beeline status` without an id: who this home is, and who of its agents is there. */
export function homeStatus(flags: StatusFlags, session: Session): Promise<number> {
  return withReporter(session, flags.json, async (reporter) => {
    const home = await openHomeEngine(flags, session, reporter);
    try {
      const present = await presentAgents(home, session.interruption.signal);
      const { service, self, pairings, grants, ...rest } = await home.engine.snapshot();
      const { actorId, atsUrl: url, channel } = home.config;
      const agents = present.map((agent) => {
        const { event: _event, ...rest } = agentReport(agent);
        return rest;
      });
      const transfers = rest.transfers
        .filter((transfer) => !isEnded(transfer))
        .map((transfer) => {
          const { event: _event, ...state } = stateReport(transfer);
          return state;
        });
      const report: HomeReport = {
        event: 'home',
        ...{ actorId, url, channel, service, self, agents, pairings, transfers, grants },
      };
      session.out.line(flags.json === true ? jsonLine(report) : homeStatusText(report));
      return session.interruption.exitCode ?? exitCodes.done;
    } finally {
      await letGo(home.engine);
    }
  });
}
