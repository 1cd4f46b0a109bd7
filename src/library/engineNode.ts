import path from 'node:path';
import type { Engine } from '../core/engine';
import type { EngineConfig } from '../core/engineConfig';
import { errors, fromData, toBeelineError } from '../core/errors';
import type { Chat, ChatMessage } from '../core/chatEvents';
import { isEnded, type Agent, type EngineEvent, type Grant, type Transfer } from '../core/events';
import { newId } from '../core/newId';
import { ServicePatience } from '../service/servicePatience';
import { agentCalled } from './agentCalled';
import { NodeChats } from './nodeChats';
import { NodeEmitter } from './nodeEmitter';
import { NodeOffers } from './nodeOffers';
import { followSync } from './nodeSync';
import { NodePairings } from './nodePairings';
import { TransferFollower } from './transferFollower';
import type {
  BeelineNode,
  MessagesOptions,
  NodeEvents,
  NodeInvite,
  NodeSync,
  PairOptions,
  SaidMessage,
  SendOptions,
  SendResult,
  SyncOptions,
  WatchOptions,
} from './types';

export interface NodeEngine {
  readonly engine: Engine;
  /** Whether this process may put another configuration in force. */
  readonly isOurs: () => boolean;
  /** `acceptChats` as it was given. */
  readonly acceptChats: boolean | undefined;
  /** Whether the home outlives this node, with offers that others made. */
  readonly keepOffers: boolean;
}

type Listener<E extends keyof NodeEvents> = (payload: NodeEvents[E]) => unknown;

/** ats-p2p's node over our engine. */
export class EngineNode implements BeelineNode {
  readonly #emitter = new NodeEmitter();
  readonly #transfers = new TransferFollower(this.#emitter);
  readonly #offers: NodeOffers;
  readonly #patience: ServicePatience;
  readonly #stopListening: () => void;
  readonly #pairings: NodePairings;
  readonly #chats: NodeChats;
  readonly #syncs = new Set<NodeSync>();
  #destroyed: Promise<void> | undefined;

  constructor(
    private readonly parts: NodeEngine,
    private readonly config: EngineConfig,
  ) {
    this.#pairings = new NodePairings(parts.engine, this.#emitter);
    this.#chats = new NodeChats(parts.engine, this.#emitter);
    this.#offers = new NodeOffers({
      engine: parts.engine,
      isOurs: parts.isOurs,
      config,
      emitter: this.#emitter,
      transfers: this.#transfers,
    });
    this.#patience = new ServicePatience((error) => {
      for (const transferId of this.#transfers.unposted) {
        this.#transfers.fail(transferId, fromData(error));
        void parts.engine.cancel(transferId).catch(() => undefined);
      }
    });
    this.#stopListening = parts.engine.onEvent((event) => {
      this.#chats.take(event);
      this.#take(event);
      this.#offers.take(event);
    });
    if (parts.acceptChats === true) this.#chats.attend();
  }

  async send(options: SendOptions): Promise<SendResult> {
    if (this.#destroyed !== undefined) throw errors.cancelled();
    const transferId = newId();
    const agent = agentCalled(options.recipientId, await this.agents());
    const ended = this.#transfers.follow(transferId, agent !== undefined, options.onProgress);
    const { leaveOutIgnored } = options;
    try {
      await this.parts.engine.offer({
        transferId,
        paths: (options.paths ?? [options.filePath]).map((one) => path.resolve(one)),
        ...(leaveOutIgnored === undefined ? {} : { leaveOutIgnored }),
        recipientId: agent?.actorId ?? options.recipientId,
        ...(agent === undefined ? {} : { agent: agent.kid }),
        channel: options.channel ?? this.config.channel,
        offerLifetimeMs: options.offerLifetime ?? this.config.timeoutMs,
      });
      this.#patience.take((await this.parts.engine.snapshot()).service);
    } catch (thrown) {
      this.#transfers.drop(transferId, toBeelineError(thrown));
    }
    const { taskId, moved } = await ended;
    return { transferId, taskId, success: true, ...(moved === undefined ? {} : { moved }) };
  }

  async resume(transferId?: string): Promise<readonly string[]> {
    const all = await this.transfers();
    const chosen = all.filter((one) =>
      transferId === undefined
        ? one.state.kind === 'interrupted'
        : one.transferId === transferId && !isEnded(one),
    );
    await Promise.all(chosen.map((one) => this.parts.engine.resume(one.transferId)));
    return chosen.map((one) => one.transferId);
  }

  async transfers(): Promise<readonly Transfer[]> {
    return (await this.parts.engine.snapshot()).transfers;
  }

  async sync(options: SyncOptions): Promise<NodeSync> {
    if (this.#destroyed !== undefined) throw errors.cancelled();
    const agent = agentCalled(options.recipientId, await this.agents());
    if (agent === undefined) throw errors.agentUnknown(options.recipientId);
    const { leaveOutIgnored = false, delete: removes = false } = options;
    const folder = path.resolve(options.path);
    await this.parts.engine.measure({ paths: [folder], leaveOutIgnored });
    const target = {
      path: folder,
      leaveOutIgnored,
      recipientId: agent.actorId,
      agent: agent.kid,
      channel: this.config.channel,
      delete: removes,
    };
    const sync = followSync(this.parts.engine, target, options, (thrown) => {
      this.#emitter.report(thrown);
    });
    this.#syncs.add(sync);
    const forget = (): void => {
      this.#syncs.delete(sync);
    };
    sync.ended.then(forget, forget);
    return sync;
  }

  async grants(): Promise<readonly Grant[]> {
    return (await this.parts.engine.snapshot()).grants;
  }

  async revokeGrant(grantId: string): Promise<void> {
    await this.parts.engine.revokeGrant(grantId);
  }

  async say(agent: string, text: string): Promise<SaidMessage> {
    if (this.#destroyed !== undefined) throw errors.cancelled();
    return this.#chats.say(await this.#agentOf(agent), text);
  }

  async typing(agent: string, isTyping: boolean): Promise<void> {
    await this.parts.engine.typing({ kid: await this.#kidOf(agent), isTyping });
  }

  async messages(agent: string, options?: MessagesOptions): Promise<readonly ChatMessage[]> {
    return this.#chats.messages(await this.#kidOf(agent), options);
  }

  async chats(): Promise<readonly Chat[]> {
    return (await this.parts.engine.snapshot()).chats;
  }

  watch(options: WatchOptions = {}): void {
    if (this.#destroyed !== undefined) throw errors.cancelled();
    this.#offers.watch(options);
  }

  async agents(): Promise<readonly Agent[]> {
    return (await this.parts.engine.snapshot()).agents;
  }

  invite(options?: PairOptions): Promise<NodeInvite> {
    return this.#pairings.invite(options);
  }

  pair(code: string, options?: PairOptions): Promise<Agent> {
    return this.#pairings.join(code, options);
  }

  async removeAgent(id: string): Promise<void> {
    await this.parts.engine.removeAgent(await this.#kidOf(id));
  }

  async blockAgent(id: string, blocked = true): Promise<void> {
    await this.parts.engine.changeAgent(await this.#kidOf(id), { blocked });
  }

  async allowAgent(id: string, allowed = true): Promise<void> {
    await this.parts.engine.changeAgent(await this.#kidOf(id), { allowed });
  }

  on<E extends keyof NodeEvents>(event: E, listener: Listener<E>): this {
    this.#emitter.on(event, listener);
    return this.#heard(event);
  }

  once<E extends keyof NodeEvents>(event: E, listener: Listener<E>): this {
    this.#emitter.once(event, listener);
    return this.#heard(event);
  }

  off<E extends keyof NodeEvents>(event: E, listener: Listener<E>): this {
    this.#emitter.off(event, listener);
    return this;
  }

  destroy(): Promise<void> {
    this.#destroyed ??= this.#letGo();
    return this.#destroyed;
  }

  async #kidOf(id: string): Promise<string> {
    return (await this.#agentOf(id)).kid;
  }

  async #agentOf(id: string): Promise<Agent> {
    const agent = agentCalled(id, await this.agents());
    if (agent === undefined) throw errors.agentUnknown(id);
    return agent;
  }

  /** Offers and messages that came before anybody listened are told to the first who does. */
  #heard(event: keyof NodeEvents): this {
    if (event === 'message') this.#chats.heard(this.parts.acceptChats !== false);
    if (event === 'file') this.#offers.heard();
    return this;
  }

  async #letGo(): Promise<void> {
    await this.#offers.end();
    await Promise.allSettled([...this.#syncs].map((sync) => sync.stop()));
    await Promise.allSettled([
      ...this.#transfers.running.map((id) => this.parts.engine.cancel(id)),
      this.#pairings.end(),
    ]);
    this.#chats.end();
    await this.parts.engine.stop({ keepOffers: this.parts.keepOffers });
    this.#stopListening();
    this.#patience.stop();
    // Whoever still waits is told, as nothing will come any more.
    for (const transferId of this.#transfers.running) {
      this.#transfers.fail(transferId, errors.cancelled());
    }
  }

  #take(event: EngineEvent): void {
    switch (event.type) {
      case 'transfer':
        this.#transfers.take(event.transfer);
        break;
      case 'service':
        this.#patience.take(event.service);
        if (event.service.kind === 'unreachable') {
          this.#emitter.report(fromData(event.service.error));
        }
        break;
      case 'moved':
        event.snapshot.transfers.forEach((transfer) => {
          this.#transfers.take(transfer);
        });
        break;
      case 'notice':
        this.#emitter.report(fromData(event.error));
        break;
      // Agents are asked for, and each pairing is followed by whoever began it.
      case 'agents':
      case 'grants':
      case 'pairing':
        break;
      // Offers and chats have rooms of their own that hear of these, and calls are for people.
      case 'offer':
      case 'offerClosed':
      case 'chats':
      case 'message':
      case 'messagesCleared':
      case 'calls':
      case 'peer':
        break;
    }
  }
}
