import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createAtsClient } from '../../src/core/ats/client';
import type { AtsClient, Task } from '../../src/core/ats/types';
import type { Decision, Engine, OfferRequest } from '../../src/core/engine';
import { startEngine } from '../../src/core/engine/startEngine';
import type { EngineConfig } from '../../src/core/engineConfig';
import {
  isEnded,
  type EngineEvent,
  type IncomingOffer,
  type Transfer,
  type TransferResult,
} from '../../src/core/events';
import type { Home } from '../../src/core/home/home';
import { memoryHome } from '../../src/core/home/memoryHome';
import { createSwarm, type Swarm } from '../../src/core/swarm/swarm';
import type { RunningHub } from './withHub';

/** Milliseconds after which waiting tells what happened instead. */
const PATIENCE_MS = 40_000;
const POLL_MS = 20;

export interface AgentOptions extends Partial<EngineConfig> {
  readonly home?: Home;
}

/** An engine, all that it told, and its own view of the task service. */
export class Agent {
  readonly events: EngineEvent[] = [];
  readonly log: string[] = [];

  constructor(
    readonly engine: Engine,
    readonly config: EngineConfig,
    readonly home: Home,
    readonly client: AtsClient,
  ) {
    engine.onEvent((event) => {
      this.events.push(event);
    });
  }

  get id(): string {
    return this.config.actorId;
  }

  /** The newest snapshot of a transfer. */
  transfer(transferId: string): Transfer | undefined {
    const told = this.events.findLast(
      (event) => event.type === 'transfer' && event.transfer.transferId === transferId,
    );
    return told?.type === 'transfer' ? told.transfer : undefined;
  }

  /** Waits until this is true, mostly because of something told. */
  async until<T>(
    what: string,
    find: () => T | undefined | false,
    patienceMs = PATIENCE_MS,
  ): Promise<T> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      const left = deadline - performance.now();
      if (left <= 0) {
        const told = this.events.slice(-12).map((event) => JSON.stringify(event));
        throw new Error(`${this.id} waited for ${what}\n${[...told, ...this.log].join('\n')}`);
      }
      await delay(POLL_MS);
    }
  }

  async state<K extends Transfer['state']['kind']>(
    transferId: string,
    kind: K,
  ): Promise<Extract<Transfer['state'], { kind: K }>> {
    return this.until(`${transferId} ${kind}`, () => {
      const state = this.transfer(transferId)?.state;
      return state?.kind === kind && (state as Extract<Transfer['state'], { kind: K }>);
    });
  }

  async send(
    what: string | readonly string[],
    recipient: Agent | string,
    more: Partial<OfferRequest> = {},
  ): Promise<string> {
    const transferId = randomBytes(16).toString('hex');
    const recipientId = typeof recipient === 'string' ? recipient : recipient.id;
    const paths = typeof what === 'string' ? [what] : what;
    await this.engine.offer({ transferId, paths, recipientId, ...more });
    return transferId;
  }

  /** The question about this offer, once it is asked. */
  async asked(transferId: string): Promise<IncomingOffer> {
    return this.until(`the offer ${transferId}`, () => {
      const told = this.events.find(
        (event) => event.type === 'offer' && event.offer.transferId === transferId,
      );
      return told?.type === 'offer' && told.offer;
    });
  }

  closings(transferId: string): string[] {
    return this.events.flatMap((event) =>
      event.type === 'offerClosed' && event.transferId === transferId ? [event.reason] : [],
    );
  }

  async accept(
    transferId: string,
    where: Omit<Extract<Decision, { kind: 'accept' }>, 'kind'> = {},
  ): Promise<void> {
    await this.asked(transferId);
    await this.engine.answer(transferId, { kind: 'accept', ...where });
  }

  async ended(transferId: string): Promise<Transfer> {
    return this.until(`the end of ${transferId}`, () => {
      const transfer = this.transfer(transferId);
      return transfer && isEnded(transfer) && transfer;
    });
  }

  async completed(transferId: string): Promise<TransferResult> {
    const { state } = await this.ended(transferId);
    assert.ok(state.kind === 'completed', JSON.stringify(state));
    return state.result;
  }

  /** Waits for the failure, compares its code and its sentence. */
  async failed(transferId: string, code: string, sentence = /\w{3}/): Promise<void> {
    const { state } = await this.ended(transferId);
    assert.ok(state.kind === 'failed', JSON.stringify(state));
    assert.equal(state.error.code, code, `${this.id}: ${state.error.message}`);
    assert.match(state.error.message, sentence);
    assert.match(state.error.message, /[.…]$/, 'a sentence ends like one');
  }

  taskId(transferId: string): number {
    const id = this.transfer(transferId)?.taskId;
    assert.ok(id !== undefined, `${this.id} knows no task of ${transferId}`);
    return id;
  }

  /** The task once it has this status, with what was said in its thread. */
  async task(transferId: string, status: Task['status']): Promise<Thread> {
    return this.taskById(this.taskId(transferId), status);
  }

  async taskById(id: number, status: Task['status']): Promise<Thread> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const task = await this.client.getTask(id);
      if (task.status === status) {
        const messages = await this.client.listMessages(id);
        return { ...task, said: JSON.stringify(messages.map(({ parts }) => parts)) };
      }
      assert.ok(
        performance.now() < deadline,
        `task ${String(id)} is ${task.status}, not ${status}`,
      );
      await delay(POLL_MS);
    }
  }
}

export interface Thread extends Task {
  /** Everything in the thread, as JSON. */
  readonly said: string;
}

export interface Engines {
  start(actorId: string, options?: AgentOptions): Promise<Agent>;
  /** Stops one before the test's end. */
  stop(agent: Agent, options?: { readonly keepOffers?: boolean }): Promise<void>;
  client(actorId: string): AtsClient;
  /** Another peer's Hyperswarm, destroyed with the test. */
  swarm(): Promise<Swarm>;
  path(...parts: string[]): string;
  /** Writes a file to send and gives its path. */
  file(name: string, bytes: Buffer | string): Promise<string>;
  /** Names in an agent's save folder, partials included. */
  saved(agent: Agent): Promise<string[]>;
}

/** Engines over a hub, each test with a folder and engines of its own. */
export function withEngines(hub: RunningHub): Engines {
  const running = new Set<Agent>();
  const swarms = new Set<Swarm>();
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'beeline-engine-'));
  });
  afterEach(async () => {
    const agents = [...running];
    running.clear();
    await Promise.all(agents.map(({ engine }) => engine.stop({ keepOffers: true })));
    await Promise.all([...swarms].map((swarm) => swarm.destroy()));
    swarms.clear();
    await rm(folder, { recursive: true, force: true });
  });

  const client = (id: string): AtsClient =>
    createAtsClient({ url: hub.url, actor: { type: 'agent', id, name: id } });
  return {
    async start(actorId, { home = memoryHome(), ...options } = {}) {
      const config: EngineConfig = {
        atsUrl: hub.url,
        actorId,
        actorName: actorId,
        actorType: 'agent',
        channel: 'p2p-transfer',
        saveDirectory: path.join(folder, `saved-${actorId}`),
        timeoutMs: 8000,
        ...options,
      };
      const log: string[] = [];
      const engine = await startEngine({ config, home, log: (line) => log.push(line) });
      const agent = new Agent(engine, config, home, client(actorId));
      Object.assign(agent, { log });
      // What the journals hold was told before anybody listened.
      const { transfers } = await engine.snapshot();
      for (const transfer of transfers) agent.events.push({ type: 'transfer', transfer });
      running.add(agent);
      return agent;
    },
    async stop(agent, options = { keepOffers: true }) {
      running.delete(agent);
      await agent.engine.stop(options);
    },
    client,
    async swarm() {
      const swarm = await createSwarm(hub.bootstrap);
      swarms.add(swarm);
      return swarm;
    },
    path: (...parts) => path.join(folder, ...parts),
    async file(name, bytes) {
      const sources = path.join(folder, 'sources');
      await mkdir(sources, { recursive: true });
      await writeFile(path.join(sources, name), bytes);
      return path.join(sources, name);
    },
    async saved(agent) {
      return (await readdir(agent.config.saveDirectory).catch(() => [])).sort();
    },
  };
}
