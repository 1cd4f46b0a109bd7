import { randomBytes } from 'node:crypto';
import type { Chat, ChatMessage } from '../../src/core/chatEvents';
import { pairUp } from './pairUp';
import type { Agent, AgentOptions, Engines } from './withEngines';

/** The key id by which one agent knows another. */
export async function kidOfAgent(agent: Agent, other: Agent): Promise<string> {
  const { agents } = await agent.engine.snapshot();
  const found = agents.find(({ actorId }) => actorId === other.id);
  if (found === undefined) throw new Error(`${agent.id} is not paired with ${other.id}`);
  return found.kid;
}

/** A shell of this agent that takes chats and calls, unless told otherwise. */
export async function attend(
  agent: Agent,
  what: { chats?: boolean; calls?: boolean; open?: readonly string[]; shellId?: string } = {},
): Promise<void> {
  const { chats = true, calls = true, open = [], shellId = 'a'.repeat(32) } = what;
  await agent.engine.attend({ shellId, chats, calls, open });
}

/** Says something, and gives the id of the message. */
export async function say(from: Agent, to: Agent, text: string): Promise<string> {
  return sayTo(from, await kidOfAgent(from, to), text);
}

export async function sayTo(
  from: Agent,
  kid: string,
  text: string,
  messageId = newId(),
): Promise<string> {
  await from.engine.sendMessage({ kid, messageId, body: { kind: 'text', text } });
  return messageId;
}

/** As calls, messages, peers and shells have them. */
export function newId(): string {
  return randomBytes(16).toString('hex');
}

/** Texts that an agent was told to have received, in order, each once as it first came. */
export function said(agent: Agent): string[] {
  const texts = new Map<string, string>();
  for (const message of messagesOf(agent)) {
    const { messageId, body } = message;
    const isTheirs = message.from === 'agent' && body.kind === 'text';
    if (isTheirs && !texts.has(messageId)) texts.set(messageId, body.text);
  }
  return [...texts.values()];
}

export function messagesOf(agent: Agent): ChatMessage[] {
  return agent.events.flatMap((event) => (event.type === 'message' ? [event.message] : []));
}

/** The state of an own message as it was told last. */
export function stateOf(agent: Agent, messageId: string): ChatMessage['state'] | undefined {
  return messagesOf(agent).findLast((message) => message.messageId === messageId)?.state;
}

/** The conversation with another agent as it was told last. */
export function chatsTo(agent: Agent, other: Agent): Chat | undefined {
  const told = agent.events.findLast((event) => event.type === 'chats');
  return told?.type === 'chats'
    ? told.chats.find(({ agent: { name } }) => name === other.id)
    : undefined;
}

/** No DHT and no relay: engines started with this reach each other by the task service alone. */
export const NO_LINK = { bootstrap: ['127.0.0.1:1'], directOnly: true } as const;

/** Two paired agents without any link. */
export async function withoutLinks(
  engines: Engines,
  hub: { readonly url: string },
  more: AgentOptions = {},
): Promise<[Agent, Agent]> {
  const [one, other] = await Promise.all([engines.start('alice'), engines.start('bob')]);
  await pairUp(one, other);
  await Promise.all([engines.stop(one), engines.stop(other)]);
  const options = { atsUrl: hub.url, ...NO_LINK, ...more };
  return Promise.all([
    engines.start('alice', { ...options, home: one.home }),
    engines.start('bob', { ...options, home: other.home }),
  ]);
}
