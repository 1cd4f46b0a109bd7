import type { Engine } from '../core/engine';
import { BeelineError, errors, toBeelineError } from '../core/errors';
import type { Agent } from '../core/events';
import { exitCodes } from './exitCode';
import type { AgentChange, AgentsFlags } from './flags';
import { letGo, openHomeEngine, type HomeEngine } from './homeEngine';
import { displayText } from './output/displayText';
import { calledText } from './output/peerText';
import { ask } from './question';
import { pairedAgentOf } from './recipient';
import { withReporter, type Session } from './session';
import { agentReport, identityOf } from './agentReport';

/** `beeline agents`: lists the address book. */
export function agents(flags: AgentsFlags, session: Session): Promise<number> {
  return withReporter(session, flags.json, async (reporter) => {
    const home = await openHomeEngine(flags, session, reporter);
    try {
      const all = await presentAgents(home, session.interruption.signal);
      for (const agent of all) reporter.tell(agentReport(agent));
      if (all.length === 0)
        reporter.note('There are no paired agents yet. Begin with: beeline pair');
      return session.interruption.exitCode ?? exitCodes.done;
    } finally {
      await letGo(home.engine);
    }
  });
}

/** `beeline agents remove`, `block`, `unblock`, `allow`, `disallow`. */
export function changeAgent(
  change: AgentChange,
  typed: string,
  flags: AgentsFlags,
  session: Session,
): Promise<number> {
  return withReporter(session, flags.json, async (reporter) => {
    if (change === 'remove' && flags.yes !== true && !session.canAsk) {
      throw errors.configInvalid('Removing needs a terminal to ask on, or --yes.');
    }
    const { engine } = await openHomeEngine(flags, session, reporter);
    try {
      const agent = listedAgent(typed, (await engine.snapshot()).agents);
      if (change === 'remove' && flags.yes !== true && !(await isMeant(agent, session))) {
        return session.interruption.exitCode ?? exitCodes.declined;
      }
      await put(engine, agent.kid, change);
      reporter.tell({ event: 'changed', change, agent: identityOf(agent) });
      return exitCodes.done;
    } finally {
      await letGo(engine);
    }
  });
}

/** Nobody pairs in order to remove or block: who is there is what helps. */
function listedAgent(typed: string, agents: readonly Agent[]): Agent {
  try {
    return pairedAgentOf(typed, agents);
  } catch (thrown) {
    if (toBeelineError(thrown).code !== 'AGENT_UNKNOWN') throw thrown;
    throw new BeelineError(
      'AGENT_UNKNOWN',
      `${displayText(typed)} is not among your paired agents. Those are listed by: beeline agents`,
    );
  }
}

async function put(engine: Engine, kid: string, change: AgentChange): Promise<void> {
  switch (change) {
    case 'remove':
      return engine.removeAgent(kid);
    case 'block':
      return engine.changeAgent(kid, { blocked: true });
    case 'unblock':
      return engine.changeAgent(kid, { blocked: false });
    case 'allow':
      return engine.changeAgent(kid, { allowed: true });
    case 'disallow':
      return engine.changeAgent(kid, { allowed: false });
  }
}

async function isMeant(agent: Agent, session: Session): Promise<boolean> {
  const text = `Forget ${calledText(agent.name, agent.actorId)}? To have it back you pair again. [y/n] `;
  return (await ask({ text }, session, session.interruption.signal)) === 'yes';
}

/** Milliseconds in which an engine that has just begun finds those who are online. */
export const PRESENCE_MS = 4000;

/** The agents, after a moment for links to come about where the engine was only just started. */
export async function presentAgents(
  { engine }: HomeEngine,
  signal: AbortSignal,
): Promise<readonly Agent[]> {
  let latest = (await engine.snapshot()).agents;
  if (!engine.isOwner) return latest;
  const isComplete = (): boolean =>
    latest.every((agent) => agent.blocked || agent.presence.kind === 'online');
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, PRESENCE_MS);
    const stopListening = engine.onEvent((event) => {
      if (event.type !== 'agents') return;
      latest = event.agents;
      if (isComplete()) done();
    });
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      stopListening();
      signal.removeEventListener('abort', done);
      resolve();
    }
    if (isComplete() || signal.aborted) done();
  });
  return latest;
}
