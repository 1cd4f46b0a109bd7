import type { ChatMessage } from '../../core/chatEvents';
import { toBeelineError } from '../../core/errors';
import type { Agent, EngineEvent, EngineSnapshot } from '../../core/events';
import { newId } from '../../core/newId';
import type { SharedEngine } from '../../service/openEngine';
import { callReport } from '../callReport';
import type { Reporter } from '../output/report';
import type { Session } from '../session';
import { AnswerPace } from './answerPace';
import { drained } from './drained';
import { Inbox } from './inbox';
import { runMessageCommand, type CommandOutcome } from './messageCommand';
import { otherOf, saidReport } from './said';

/** Commands that run at once, over all agents; further messages wait on the engine's disk. */
const MAX_AT_ONCE = 4;
/** Milliseconds after which *is writing* is said again, while the command still works. */
const TYPING_MS = 3000;

/** `listen --chat`: what all paired agents write, each message told once and answered if asked to. */
export class ChatDesk {
  readonly #inboxes = new Map<string, Inbox>();
  readonly #paces = new Map<string, AnswerPace>();
  readonly #calls = new Set<string>();
  readonly #free: (() => void)[] = [];
  #running = 0;
  #agents: readonly Agent[] = [];

  constructor(
    private readonly engine: SharedEngine,
    private readonly reporter: Reporter,
    private readonly session: Session,
    private readonly options: {
      /** A line for the person's shell. */
      readonly command?: string;
      readonly log: (line: string) => void;
    },
  ) {}

  begin(snapshot: EngineSnapshot): void {
    this.#agents = snapshot.agents;
    for (const chat of snapshot.chats) if (chat.unread > 0) this.#open(chat.agent.kid);
  }

  take(event: EngineEvent): void {
    if (event.type === 'agents') this.#agents = event.agents;
    if (event.type === 'moved') this.begin(event.snapshot);
    if (event.type === 'message' && event.message.from === 'agent') this.#open(event.message.kid);
    if (event.type === 'calls') {
      for (const call of event.calls) {
        const rings = call.direction === 'in' && call.state.kind === 'ringing';
        if (!rings || this.#calls.has(call.callId)) continue;
        this.#calls.add(call.callId);
        this.reporter.tell(callReport(call));
      }
    }
    for (const inbox of this.#inboxes.values()) inbox.take(event);
  }

  /** Resolves when the commands that run have ended. */
  async close(): Promise<void> {
    for (const go of this.#free.splice(0)) go();
    await Promise.all([...this.#inboxes.values()].map((inbox) => inbox.close()));
  }

  /** Its unread messages are taken first, and with them the one that is just told. */
  #open(kid: string): void {
    if (this.#inboxes.has(kid) || this.session.interruption.signal.aborted) return;
    const inbox = new Inbox(
      this.engine,
      kid,
      (message) => this.#takeMessage(message),
      this.options.log,
    );
    this.#inboxes.set(kid, inbox);
    void inbox.start();
  }

  async #takeMessage(message: ChatMessage): Promise<void> {
    const { kid, messageId } = message;
    const agent = this.#agents.find((one) => one.kid === kid);
    if (agent === undefined) return;
    this.reporter.tell(saidReport(message, agent));
    await drained(this.session.stdout, this.session.interruption.signal);
    const { command } = this.options;
    if (command !== undefined) {
      // What was not handed on is left unread, for the next time.
      if (!(await this.#handed(message, agent, command))) return;
    }
    await this.#quietly(this.engine.markRead({ kid, messageId }));
  }

  async #handed(message: ChatMessage, agent: Agent, command: string): Promise<boolean> {
    const { interruption, cwd, env } = this.session;
    const { signal } = interruption;
    await this.#paceOf(agent.kid).turn(signal);
    await this.#turn();
    try {
      const options = { command, cwd, env, signal };
      const outcome = await this.#whileTyping(agent.kid, () =>
        runMessageCommand(message, agent, options),
      );
      if (interruption.exitCode !== undefined && outcome.kind !== 'answer') return false;
      await this.#answer(message, agent, outcome);
      return true;
    } finally {
      this.#running -= 1;
      this.#free.shift()?.();
    }
  }

  async #answer(message: ChatMessage, agent: Agent, outcome: CommandOutcome): Promise<void> {
    const { messageId: id, kid } = message;
    if (outcome.kind === 'none') return;
    if (outcome.kind === 'failed') {
      this.reporter.tell({ event: 'error', code: 'INTERNAL', message: outcome.why, id });
      return;
    }
    const answer = newId();
    try {
      const body = { kind: 'text', text: outcome.text } as const;
      await this.engine.sendMessage({ kid, messageId: answer, body });
      this.reporter.tell({ event: 'answered', ...otherOf(agent), id, answer });
    } catch (thrown) {
      this.reporter.tell({ event: 'error', ...toBeelineError(thrown).toData(), id });
    }
  }

  async #whileTyping<T>(kid: string, work: () => Promise<T>): Promise<T> {
    const tell = (isTyping: boolean): Promise<void> =>
      this.#quietly(this.engine.typing({ kid, isTyping }));
    void tell(true);
    const timer = setInterval(() => void tell(true), TYPING_MS);
    try {
      return await work();
    } finally {
      clearInterval(timer);
      await tell(false);
    }
  }

  #paceOf(kid: string): AnswerPace {
    const pace = this.#paces.get(kid) ?? new AnswerPace();
    this.#paces.set(kid, pace);
    return pace;
  }

  async #turn(): Promise<void> {
    if (this.#running >= MAX_AT_ONCE) {
      await new Promise<void>((resolve) => this.#free.push(resolve));
    }
    this.#running += 1;
  }

  async #quietly(work: Promise<void>): Promise<void> {
    await work.catch((thrown: unknown) => {
      this.options.log(`chat: ${toBeelineError(thrown).message}`);
    });
  }
}
