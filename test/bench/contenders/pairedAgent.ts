import path from 'node:path';
import type { Engine } from '../../../src/core/engine';
import type { EngineConfig } from '../../../src/core/engineConfig';
import { startEngine } from '../../../src/core/engine/startEngine';
import type { EngineEvent, TransferResult, TransferState } from '../../../src/core/events';
import { openFileHome } from '../../../src/core/home/fileHome';
import type { Run } from '../contender';

const INACTIVITY_MS = 120_000;
const PAIRING = 'benchmark';

/** An agent of the product, with a home on disk, and the other side's agent paired with it. */
export class PairedAgent {
  readonly #listeners = new Set<(event: EngineEvent) => void>();

  /** @param role the sender uses the invite that the receiver makes */
  static async start(run: Run, role: 'sender' | 'receiver'): Promise<PairedAgent> {
    const agent = new PairedAgent(await start(run, role), role);
    await agent.#pair(run);
    return agent;
  }

  private constructor(
    readonly engine: Engine,
    readonly role: 'sender' | 'receiver',
  ) {
    engine.onEvent((event) => {
      for (const listener of this.#listeners) listener(event);
    });
  }

  /** Ends, and begins again in the same home, with these settings besides. */
  async restart(run: Run, settings: Partial<EngineConfig>): Promise<PairedAgent> {
    await this.engine.stop();
    return new PairedAgent(await start(run, this.role, settings), this.role);
  }

  /** The key id of the other side's agent. */
  async otherKid(): Promise<string> {
    const [other] = (await this.engine.snapshot()).agents;
    if (other === undefined) throw new Error('they are not paired');
    return other.kid;
  }

  /**
   * Offers one path and resolves with the sender's result.
   * @param onState is called with each state, as it comes
   */
  async send(
    transferId: string,
    source: string,
    onState: (state: TransferState) => void,
  ): Promise<TransferResult> {
    const ended = this.#ended(transferId, onState);
    await this.engine.offer({ transferId, paths: [source], recipientId: 'receiver' });
    return ended;
  }

  /** Accepts the next offer, into the folder that it came to before if it did; and its result. */
  async receive(onState: (state: TransferState) => void): Promise<TransferResult> {
    const offer = await this.told((event) => (event.type === 'offer' ? event.offer : undefined));
    const ended = this.#ended(offer.transferId, onState);
    const update = offer.updates !== undefined;
    await this.engine.answer(offer.transferId, { kind: 'accept', update });
    return ended;
  }

  #ended(transferId: string, onState: (state: TransferState) => void): Promise<TransferResult> {
    return this.told((event) => {
      if (event.type !== 'transfer' || event.transfer.transferId !== transferId) return undefined;
      const { state } = event.transfer;
      onState(state);
      if (state.kind === 'failed') throw new Error(`${state.error.code}: ${state.error.message}`);
      // On loopback nothing interrupts, and what waits for a person would wait for ever.
      if (state.kind === 'interrupted' && state.resumes === 'person') {
        throw new Error(`${state.error.code}: ${state.error.message}`);
      }
      return state.kind === 'completed' ? state.result : undefined;
    });
  }

  async #pair({ link }: Run): Promise<void> {
    const confirm = this.told((event) =>
      event.type === 'pairing' && event.pairing.state.kind === 'confirm' ? true : undefined,
    );
    const online = this.told((event) =>
      event.type === 'agents' && event.agents.some(({ presence }) => presence.kind === 'online')
        ? true
        : undefined,
    );
    if (this.role === 'receiver') link.tell((await this.engine.invite(PAIRING)).code);
    else await this.engine.join(PAIRING, await link.hear());
    await confirm;
    await this.engine.answerPairing(PAIRING, true);
    await online;
  }

  /** The first thing found in what is told from now on. Rejects with what `find` throws. */
  told<T>(find: (event: EngineEvent) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const listener = (event: EngineEvent): void => {
        try {
          const found = find(event);
          if (found === undefined) return;
          resolve(found);
        } catch (thrown) {
          reject(thrown);
        }
        this.#listeners.delete(listener);
      };
      this.#listeners.add(listener);
    });
  }
}

async function start(
  { hubUrl, bootstrap, targetFolder }: Run,
  role: 'sender' | 'receiver',
  settings: Partial<EngineConfig> = {},
): Promise<Engine> {
  if (hubUrl === undefined) throw new Error('paired agents need a hub');
  return startEngine({
    home: await openFileHome(path.join(targetFolder, `home-${role}`)),
    config: {
      atsUrl: hubUrl,
      actorId: role,
      actorName: role,
      actorType: 'agent',
      channel: 'benchmark',
      bootstrap,
      directOnly: true,
      iceServers: [],
      saveDirectory: path.join(targetFolder, 'received'),
      timeoutMs: INACTIVITY_MS,
      ...settings,
    },
  });
}
