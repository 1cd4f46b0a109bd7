import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChatMessage } from '../../src/core/chatEvents';
import type { MessagePage } from '../../src/core/conversations';
import type { ConversingCall, ConversingParams } from '../../src/core/engine/conversing';
import type { Member } from '../service/household';
import type { KillableAgent } from './killableAgent';

/** Milliseconds in which everything has come through, kills and all. */
const PATIENCE_MS = 60_000;
const POLL_MS = 50;
/** Messages that are queued without waiting for each other, as of somebody who pastes lines. */
const AT_ONCE = 4;
/** As `MessageQuery` says. */
const PAGE = 200;

interface Line {
  readonly id: string;
  readonly text: string;
}

/** Somebody who says one line after another, again where the engine died before it said yes. */
export class KillableTalker {
  /** In the order in which they were said. */
  readonly lines: Line[] = [];
  /** Of those, how many the engine has taken. */
  taken = 0;
  #member: Member | undefined;
  #kid = '';

  constructor(readonly agent: KillableAgent) {}

  /** The engine of this agent runs: from now on it is spoken through. */
  async began(): Promise<void> {
    const { member } = this.agent;
    this.#kid = (await member.snapshot()).agents[0]?.kid ?? '';
    const shellId = randomBytes(16).toString('hex');
    await this.ask(member, 'attend', { shellId, chats: true, calls: false, open: [] });
    this.#member = member;
  }

  async kill(): Promise<void> {
    this.#member = undefined;
    await this.agent.kill();
  }

  async start(): Promise<void> {
    await this.agent.start();
    await this.began();
  }

  /** Resolves when the engines of this home have taken that many lines more. */
  async say(count: number): Promise<void> {
    const from = this.lines.length;
    for (let number = from; number < from + count; number++) {
      const text = `${this.agent.id} ${String(number)} ${randomBytes(20).toString('hex')}`;
      this.lines.push({ id: randomBytes(16).toString('hex'), text });
    }
    while (this.taken < this.lines.length) {
      const member = this.#member;
      const next = this.lines.slice(this.taken, this.taken + AT_ONCE);
      if (member !== undefined && (await this.queued(member, next))) this.taken += next.length;
      else await delay(POLL_MS);
    }
  }

  /** Everything kept of the conversation here, oldest first. */
  async kept(): Promise<readonly ChatMessage[]> {
    const { member } = this.agent;
    const all: ChatMessage[] = [];
    let before: string | undefined;
    for (;;) {
      const query = { kid: this.#kid, limit: PAGE, ...(before !== undefined && { before }) };
      const page = (await this.ask(member, 'messages', query)) as MessagePage;
      all.unshift(...page.messages);
      before = page.messages[0]?.messageId;
      if (!page.older || before === undefined) return all;
    }
  }

  /** Once nothing of it waits any more. */
  async delivered(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const kept = await this.kept();
      const open = kept.filter(({ from, state }) => from === 'self' && !isThere(state));
      if (open.length === 0) return;
      const waiting = `${this.agent.id}: ${String(open.length)} wait: ${JSON.stringify(open[0])}`;
      assert.ok(performance.now() < deadline, `${waiting}\n${this.agent.describe()}`);
      await delay(POLL_MS);
    }
  }

  /** That the other side has every line once and in this order, and nothing else. */
  async assertHeardBy(other: KillableTalker): Promise<void> {
    const heard = (await other.kept()).filter(({ from }) => from === 'agent');
    assert.deepEqual(
      heard.map(({ messageId, body }) => ({
        id: messageId,
        text: body.kind === 'text' ? body.text : body.kind,
      })),
      this.lines,
      `what ${this.agent.id} said to ${other.agent.id}`,
    );
  }

  /** False when the process died before it answered. */
  private async queued(member: Member, lines: readonly Line[]): Promise<boolean> {
    const asked = Promise.all(
      lines.map(({ id: messageId, text }) =>
        this.ask(member, 'sendMessage', {
          kid: this.#kid,
          messageId,
          body: { kind: 'text', text },
        }),
      ),
    ).then(() => true);
    const died = member.exited.then(() => false);
    // Of a process that is gone nobody waits for the answer, which is that there is none.
    asked.catch(() => undefined);
    return Promise.race([asked, died]);
  }

  private ask<M extends ConversingCall>(
    member: Member,
    call: M,
    params: ConversingParams<M>,
  ): Promise<unknown> {
    return member.ask({ do: 'converse', call, params } as Parameters<Member['ask']>[0]);
  }
}

function isThere(state: ChatMessage['state']): boolean {
  return state === 'delivered' || state === 'read';
}
