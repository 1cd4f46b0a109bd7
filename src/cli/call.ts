import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Call, CallEnd } from '../core/callEvents';
import { toBeelineError } from '../core/errors';
import type { Agent, EngineEvent } from '../core/events';
import { CallPages } from '../pages/callPages';
import { openCallPage, type CallPageServer } from '../pages/callPageServer';
import type { SharedEngine } from '../service/openEngine';
import { callReport } from './callReport';
import { attend } from './chat/attendance';
import { exitCodes } from './exitCode';
import type { CallFlags } from './flags';
import { letGo, openHomeEngine } from './homeEngine';
import { openInBrowser } from './openInBrowser';
import { displayText } from './output/displayText';
import type { Reporter } from './output/report';
import { pairedAgentOf } from './recipient';
import { withReporter, type Session } from './session';

/** Bytes of the id of a call. */
const CALL_ID_BYTES = 16;
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
      const stopListening = engine.onEvent((event) => {
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
  const callId = ringing?.callId ?? randomBytes(CALL_ID_BYTES).toString('hex');
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
  { reporter, session, watch, log }: Parts,
): Promise<number> {
  const callId = watch.callId ?? begun;
  const pages = new CallPages();
  pages.own(callId);
  let page: CallPageServer | undefined;
  try {
    page = await openCallPage({
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
    openInBrowser(page.url, session);
    return endCodes[await watch.ended];
  } finally {
    await page?.close();
  }
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
  const said = engine.hangUp({ callId }).then(() => watch.ended);
  await Promise.race([said.catch((thrown: unknown) => toBeelineError(thrown)), limit]);
  clearTimeout(timer);
}

/** Follows one call with one agent, and tells each state once. */
class CallWatch {
  readonly ended: Promise<CallEnd>;
  #end: (reason: CallEnd) => void = () => undefined;
  #callId: string | undefined;
  #told = '';

  constructor(
    private readonly agent: Agent,
    private readonly reporter: Reporter,
  ) {
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  /** Undefined before it has begun, and after it has ended. */
  get callId(): string | undefined {
    return this.#callId;
  }

  follow(callId: string): void {
    this.#callId = callId;
  }

  take(event: EngineEvent): void {
    if (event.type === 'calls') this.takeCalls(event.calls);
    if (event.type === 'moved') {
      this.takeCalls(event.snapshot.calls);
      // Calls end with the engine that held them.
      if (!event.snapshot.calls.some((one) => one.callId === this.#callId)) this.#finish('failed');
    }
  }

  takeCalls(calls: readonly Call[]): void {
    if (this.#callId === undefined) return;
    const own = calls.filter((one) => one.agent.kid === this.agent.kid);
    let call = own.find((one) => one.callId === this.#callId);
    // Both have called at once: theirs stands, under its own id.
    if (call === undefined) {
      call = own.find((one) => one.state.kind !== 'ended' && one.state.kind !== 'ringing');
      if (call !== undefined) this.#callId = call.callId;
    }
    if (call === undefined) return;
    const key = `${call.state.kind} ${call.state.kind === 'connected' ? call.state.path : ''}`;
    if (key !== this.#told) {
      this.#told = key;
      this.reporter.tell(callReport(call));
    }
    if (call.state.kind === 'ended') this.#finish(call.state.reason);
  }

  #finish(reason: CallEnd): void {
    this.#callId = undefined;
    this.#end(reason);
  }
}
