import { setTimeout as delay } from 'node:timers/promises';
import type { Decision, Engine } from '../core/engine';
import { checkConfig, type EngineConfig } from '../core/engineConfig';
import { errors, fromData, toBeelineError } from '../core/errors';
import type { EngineEvent, ServiceState } from '../core/events';
import { AskingEngine } from './askingEngine';
import { callEngine, type EngineCall } from './engineCalls';
import type { Params, Result } from './protocol';

/** Milliseconds that calls under way are given to end before the engine is stopped under them. */
const CALLS_MS = 5000;
/** Milliseconds an answer waits for an engine that has just started to hear of its offer. */
const CATCH_UP_MS = 10_000;

/**
 * The engine as its owner gives it to all processes of the home, its own included: a call that has
 * begun is ended before the engine is handed over, and one that comes later is for the successor.
 */
export class OwnedEngine extends AskingEngine implements Engine {
  private readonly calls = new Set<Promise<unknown>>();
  private configuring: Promise<unknown> = Promise.resolve();
  private closing = false;

  constructor(
    private readonly engine: Engine,
    private readonly onConfigured: (config: EngineConfig) => void,
  ) {
    super();
  }

  /** One after the other, so that all processes remember the one that came last. */
  override configure(config: EngineConfig): Promise<void> {
    return this.run(() => {
      checkConfig(config);
      const turn = this.configuring.then(async () => {
        this.onConfigured(config);
        await this.engine.configure(config);
      });
      this.configuring = turn.catch(() => undefined);
      return turn;
    });
  }

  override answer(transferId: string, decision: Decision): Promise<void> {
    return this.run(async () => {
      try {
        await this.engine.answer(transferId, decision);
      } catch (thrown) {
        if (toBeelineError(thrown).code !== 'OFFER_UNKNOWN') throw thrown;
        if (!(await this.mayAppear(transferId))) throw thrown;
        await this.engine.answer(transferId, decision);
      }
    });
  }

  onEvent(listener: (event: EngineEvent) => void): () => void {
    return this.engine.onEvent(listener);
  }

  async stop(options?: { readonly keepOffers?: boolean }): Promise<void> {
    this.closing = true;
    const late = new AbortController();
    await Promise.race([
      Promise.allSettled(this.calls),
      delay(CALLS_MS, undefined, late).catch(() => undefined),
    ]);
    late.abort();
    await this.engine.stop(options);
  }

  protected ask<M extends EngineCall>(
    method: M,
    params: Params<M>,
    signal?: AbortSignal,
  ): Promise<Result<M>> {
    return this.run(() => callEngine(this.engine, method, params, signal));
  }

  private async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.closing) throw errors.serviceLost();
    const running = call();
    this.calls.add(running);
    try {
      return await running;
    } finally {
      this.calls.delete(running);
    }
  }

  /**
   * A question is not kept on disk: a successor hears of it again from the task service. Until it
   * has heard all, an offer that it does not know may still be open.
   * @throws why the task service cannot be asked
   */
  private async mayAppear(transferId: string): Promise<boolean> {
    let settle: (state: ServiceState | 'here' | 'late') => void = () => undefined;
    const told = new Promise<ServiceState | 'here' | 'late'>((resolve) => {
      settle = resolve;
    });
    const unlisten = this.engine.onEvent((event) => {
      if (event.type === 'offer' && event.offer.transferId === transferId) settle('here');
      if (event.type === 'service' && event.service.kind !== 'connecting') settle(event.service);
    });
    const timer = setTimeout(() => {
      settle('late');
    }, CATCH_UP_MS);
    try {
      const { service } = await this.engine.snapshot();
      if (service.kind === 'online') return false;
      if (service.kind === 'unreachable') throw fromData(service.error);
      const found = await told;
      if (found === 'here' || found === 'late') return found === 'here';
      if (found.kind === 'unreachable') throw fromData(found.error);
      return true;
    } finally {
      clearTimeout(timer);
      unlisten();
    }
  }
}
