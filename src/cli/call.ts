import path from 'node:path';
import type { Call, CallEnd } from '../core/callEvents';
import { toBeelineError } from '../core/errors';
import type { Agent } from '../core/events';
import { newId } from '../core/newId';
import { CallPages } from '../pages/callPages';
import { openCallPage, type CallPageServer } from '../pages/callPageServer';
import type { SharedEngine } from '../service/openEngine';
import { CallWatch } from './callWatch';
import { attend } from './chat/attendance';
import { exitCodes } from './exitCode';
import type { CallFlags } from './flags';
import { letGo, openHomeEngine } from './homeEngine';
import { openInBrowser } from './openInBrowser';
import { displayText } from './output/displayText';
import type { Reporter } from './output/report';
import { pairedAgentOf } from './recipient';
import { ServiceTeller } from './serviceTeller';
import { withReporter, type Session } from './session';

/** Milliseconds for telling the other side that it is over, before leaving without. */
const GOODBYE_MS = 3000;
/** Beside this program: what a browser loads. */
const PAGES = 'pages';

/** `beeline call`: rings, or accepts the call that rings here, and stays until it is over. */
export function call(typed: string, flags: CallFlags, session: Session): Promise<number> {
  return withReporter(session, flags.json, async (reporter) => {
    const { engine } = await openHomeEngine(flags, session, reporter);
    const log = (line: string): void => {
      if (flags.verbose === true) session.err.line(displayText(line, 2000));
    };
    try {
      const snapshot = await engine.snapshot();
      const agent = pairedAgentOf(typed, snapshot.agents);
      const attendance = await attend(engine, { chats: false, calls: true, open: [] }, log);
      const watch = new CallWatch(agent, reporter);
      const service = new ServiceTeller(reporter);
      service.take(snapshot.service);
      const stopListening = engine.onEvent((event) => {
        if (event.type === 'service') service.take(event.service);
        watch.take(event);
      });
      try {
        const media = { video: flags.audio !== true };
        const callId = await begin(engine, agent, media, snapshot.calls, watch);
        const code = await Promise.race([
          attended(engine, agent, callId, { reporter, session, watch, log }),
          session.interruption.happened,
        ]);
        // Ended already when the other side or the page has hung up.
        if (watch.callId !== undefined) await goodbye(engine, watch);
        return code;
      } finally {
        stopListening();
        await attendance.end();
      }
    } finally {
      await letGo(engine);
    }
  });
}

/** Accepts what rings here from this agent, else calls it. Gives the id. */
async function begin(
  engine: SharedEngine,
  agent: Agent,
  media: { readonly video: boolean },
  calls: readonly Call[],
  watch: CallWatch,
): Promise<string> {
  const ringing = calls.find(
    (one) => one.agent.kid === agent.kid && one.direction === 'in' && one.state.kind === 'ringing',
  );
  const callId = ringing?.callId ?? newId();
  watch.follow(callId);
  if (ringing !== undefined) {
    await engine.answerCall({ callId, decision: { kind: 'accept', media } });
  } else {
    await engine.call({ callId, kid: agent.kid, media });
  }
  watch.takeCalls((await engine.snapshot()).calls);
  return callId;
}

interface Parts {
  readonly reporter: Reporter;
  readonly session: Session;
  readonly watch: CallWatch;
  readonly log: (line: string) => void;
}

/** Serves the page until the call is over. Gives the exit code. */
async function attended(
  engine: SharedEngine,
  agent: Agent,
  begun: string,
  parts: Parts,
): Promise<number> {
  const { watch } = parts;
  for (let callId: string | undefined = begun; callId !== undefined; callId = watch.callId) {
    // When both have called at once, the other one's call goes on, and has a page of its own.
    const isOther = watch.isOther(callId);
    const page = await openPage(engine, agent, callId, parts);
    try {
      await Promise.race([watch.ended, isOther]);
    } finally {
      await page.close();
    }
  }
  return endCodes[await watch.ended];
}

async function openPage(
  engine: SharedEngine,
  agent: Agent,
  callId: string,
  { reporter, session, log }: Parts,
): Promise<CallPageServer> {
  const pages = new CallPages();
  pages.own(callId);
  const page = await openCallPage({
    ...{ engine, callId, pages, log },
    kid: agent.kid,
    agentName: displayText(agent.name),
    files: path.join(__dirname, PAGES),
    ringSound: true,
    onWarning: (sentence) => {
      reporter.note(displayText(sentence, 600));
    },
  });
  reporter.tell({ event: 'page', url: page.url });
  const way = await openInBrowser(page.url, session, log);
  void page.opened.then(way.close);
  return {
    ...page,
    close: async () => {
      await page.close();
      await way.close();
    },
  };
}

const endCodes: Readonly<Record<CallEnd, number>> = {
  hungUp: exitCodes.done,
  hungUpByPeer: exitCodes.done,
  cancelled: exitCodes.done,
  declined: exitCodes.declined,
  refused: exitCodes.declined,
  busy: exitCodes.declined,
  unavailable: exitCodes.declined,
  unanswered: exitCodes.timedOut,
  missed: exitCodes.timedOut,
  failed: exitCodes.failed,
};

async function goodbye(engine: SharedEngine, watch: CallWatch): Promise<void> {
  const { callId } = watch;
  if (callId === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GOODBYE_MS);
  });
  watch.leave();
  const said = engine.hangUp({ callId }).then(() => watch.ended);
  await Promise.race([said.catch((thrown: unknown) => toBeelineError(thrown)), limit]);
  clearTimeout(timer);
}
