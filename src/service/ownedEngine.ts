import { setTimeout as delay } from 'node:timers/promises';
import type {
  Decision,
  Engine,
  Invite,
  OfferRequest,
  PublicConfig,
  SourceRequest,
  SourceSummary,
} from '../core/engine';
import {
  converse,
  Passing,
  type ConversingCall,
  type ConversingParams,
  type ConversingResult,
} from '../core/engine/conversing';
import { checkConfig, type EngineConfig } from '../core/engineConfig';
import { errors, fromData, toBeelineError } from '../core/errors';
import type { EngineEvent, EngineSnapshot, PreviewEntry, ServiceState } from '../core/events';

/** Milliseconds that calls under way are given to end before the engine is stopped under them. */
const CALLS_MS = 5000;
/** Milliseconds an answer waits for an engine that has just started to hear of its offer. */
const CATCH_UP_MS = 10_000;

/**
 * The engine as its owner gives it to all processes of the home, its own included: a call that has
 * begun is ended before the engine is handed over, and one that comes later is for the successor.
 */
export class OwnedEngine extends Passing implements Engine {
  private readonly calls = new Set<Promise<unknown>>();
  private configuring: Promise<unknown> = Promise.resolve();
  private closing = false;

  constructor(
    private readonly engine: Engine,
    private readonly onConfigured: (config: EngineConfig) => void,
  ) {
    super();
  }

  snapshot(): Promise<EngineSnapshot> {
    return this.run(() => this.engine.snapshot());
  }

  config(): Promise<PublicConfig> {
    return this.run(() => this.engine.config());
  }

  /** One after the other, so that all processes remember the one that came last. */
  configure(config: EngineConfig): Promise<void> {
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

  measure(source: SourceRequest, signal?: AbortSignal): Promise<SourceSummary> {
    return this.run(() => this.engine.measure(source, signal));
  }

  offer(request: OfferRequest): Promise<{ readonly transferId: string }> {
    return this.run(() => this.engine.offer(request));
  }

  answer(transferId: string, decision: Decision): Promise<void> {
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

  cancel(transferId: string): Promise<void> {
    return this.run(() => this.engine.cancel(transferId));
  }

  block(actorId: string, blocked: boolean): Promise<void> {
    return this.run(() => this.engine.block(actorId, blocked));
  }

  resume(transferId: string): Promise<void> {
    return this.run(() => this.engine.resume(transferId));
  }

  preview(transferId: string): Promise<readonly PreviewEntry[]> {
    return this.run(() => this.engine.preview(transferId));
  }

  invite(pairingId: string): Promise<Invite> {
    return this.run(() => this.engine.invite(pairingId));
  }

  join(pairingId: string, code: string): Promise<void> {
    return this.run(() => this.engine.join(pairingId, code));
  }

  answerPairing(pairingId: string, accept: boolean): Promise<void> {
    return this.run(() => this.engine.answerPairing(pairingId, accept));
  }

  changeAgent(kid: string, change: { allowed?: boolean; blocked?: boolean }): Promise<void> {
    return this.run(() => this.engine.changeAgent(kid, change));
  }

  removeAgent(kid: string): Promise<void> {
    return this.run(() => this.engine.removeAgent(kid));
  }

  revokeGrant(grantId: string): Promise<void> {
    return this.run(() => this.engine.revokeGrant(grantId));
  }

  /** Every call of chats, calls and peers comes this way. */
  pass<M extends ConversingCall>(
    call: M,
    params: ConversingParams<M>,
  ): Promise<ConversingResult<M>> {
    return this.run(() => converse(this.engine, call, params));
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
