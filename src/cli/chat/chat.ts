import type { ChatMessage } from '../../core/chatEvents';
import { toBeelineError } from '../../core/errors';
import type { Agent } from '../../core/events';
import { attachNodePeer, type NodePeer } from '../../nodepeer/nodePeer';
import type { SharedEngine } from '../../service/openEngine';
import { PRESENCE_MS } from '../agents';
import { exitCodes } from '../exitCode';
import type { ChatFlags } from '../flags';
import { letGo, openHomeEngine } from '../homeEngine';
import { displayText } from '../output/displayText';
import type { Reporter } from '../output/report';
import { pairedAgentOf } from '../recipient';
import { ServiceTeller } from '../serviceTeller';
import { withReporter, type Session } from '../session';
import { attend } from './attendance';
import { Conversation } from './conversation';
import { drained } from './drained';
import { Inbox } from './inbox';
import { jsonTalk } from './jsonTalk';
import { lineTalk } from './lineTalk';
import { historyReport, saidReport } from './said';
import { screenTalk } from './screenTalk';
import { ScreenReporter } from './screenReporter';

/** Messages from before that a person is shown, unless told otherwise; programs are shown none. */
export const DEFAULT_HISTORY = 20;

/** `beeline chat`: a conversation with one paired agent, until the input ends. */
export function chat(typed: string, flags: ChatFlags, session: Session): Promise<number> {
  return withReporter(session, flags.json, async (plain) => {
    session.interruption.endWithReader();
    const { engine, config } = await openHomeEngine(flags, session, plain);
    const isScreen = flags.json !== true && isTerminal(session.stdin) && isTerminal(session.stdout);
    const log = (line: string): void => {
      if (flags.verbose === true) session.err.line(displayText(line, 2000));
    };
    try {
      const agent = pairedAgentOf(typed, (await engine.snapshot()).agents);
      const screen = isScreen ? new ScreenReporter(session) : undefined;
      const reporter = screen ?? plain;
      const talk = new Talk(engine, agent, reporter, session, log);
      const shown = flags.history ?? (isScreen ? DEFAULT_HISTORY : 0);
      try {
        await talk.begin({ history: shown, calls: isScreen });
        const work =
          screen === undefined
            ? flags.json === true
              ? jsonTalk(talk.conversation, reporter, session).then(() => exitCodes.done)
              : lineTalk(talk.conversation, reporter, session)
            : screenTalk(screen, talk.conversation, { engine, agent, session });
        const patienceMs = isScreen ? 0 : config.timeoutMs;
        const over = work.then(async (code) => {
          return (await talk.deliver(patienceMs)) ? code : code || exitCodes.timedOut;
        });
        return await Promise.race([over, session.interruption.happened]);
      } finally {
        await talk.end(flags.json === true || isScreen);
        screen?.close();
      }
    } finally {
      await letGo(engine);
    }
  });
}

/** Undefined, not false, is what pipes say. */
function isTerminal(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true;
}

/** What goes on beside the input: events, messages that come, and the data channel. */
class Talk {
  readonly conversation: Conversation;
  readonly #inbox: Inbox;
  readonly #ends: (() => Promise<void> | void)[] = [];

  constructor(
    private readonly engine: SharedEngine,
    private readonly agent: Agent,
    private readonly reporter: Reporter,
    private readonly session: Session,
    private readonly log: (line: string) => void,
  ) {
    this.conversation = new Conversation(engine, agent, reporter);
    this.#inbox = new Inbox(engine, agent.kid, (message) => this.#show(message), log);
  }

  async begin(options: { readonly history: number; readonly calls: boolean }): Promise<void> {
    const { engine, agent, conversation } = this;
    const { kid } = agent;
    if (options.history > 0) await this.#showHistory(options.history);
    const service = new ServiceTeller(this.reporter);
    this.#ends.push(
      engine.onEvent((event) => {
        if (event.type === 'service') service.take(event.service);
        conversation.take(event);
        this.#inbox.take(event);
      }),
      () => {
        conversation.close();
      },
    );
    if (engine.isOwner) conversation.look(PRESENCE_MS);
    const snapshot = await engine.snapshot();
    service.take(snapshot.service);
    conversation.takeSnapshot(snapshot);
    const attendance = await attend(
      engine,
      { chats: true, calls: options.calls, open: [kid] },
      this.log,
    );
    this.#ends.push(() => attendance.end());
    void this.#inbox.start();
    this.#ends.push(() => this.#inbox.close());
    const peer = await this.#attachPeer();
    if (peer !== undefined) this.#ends.push(() => peer.close());
  }

  /** Waits for what was said to arrive; false when that took too long. */
  async deliver(patienceMs: number): Promise<boolean> {
    if (patienceMs === 0 || this.conversation.undelivered === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, patienceMs, false);
    });
    const arrived = this.conversation.allDelivered().then(() => true);
    const isInTime = await Promise.race([arrived, late]);
    clearTimeout(timer);
    return isInTime;
  }

  async end(tells: boolean): Promise<void> {
    const waiting = this.conversation.undelivered;
    for (const end of this.#ends.splice(0).reverse()) await end();
    if (tells || waiting > 0) this.reporter.tell({ event: 'ended', waiting });
  }

  async #show(message: ChatMessage): Promise<void> {
    this.reporter.tell(saidReport(message, this.agent));
    await drained(this.session.stdout, this.session.interruption.signal);
    const { kid, messageId } = message;
    await this.engine.markRead({ kid, messageId }).catch((thrown: unknown) => {
      this.log(`read: ${toBeelineError(thrown).message}`);
    });
  }

  async #showHistory(limit: number): Promise<void> {
    const { messages } = await this.engine.messages({ kid: this.agent.kid, limit });
    for (const message of messages) {
      // What nobody has read is told as what comes.
      if (message.state !== 'received') this.reporter.tell(historyReport(message, this.agent));
    }
  }

  async #attachPeer(): Promise<NodePeer | undefined> {
    try {
      return await attachNodePeer(this.engine, this.agent.kid, this.log);
    } catch (thrown) {
      const { message } = toBeelineError(thrown);
      this.reporter.note(`Messages go over the link only. ${message}`);
      return undefined;
    }
  }
}
