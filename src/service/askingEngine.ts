import type { Decision, Engine, Invite, OfferRequest, PublicConfig } from '../core/engine';
import type { SourceRequest, SourceSummary } from '../core/engine';
import {
  Passing,
  type ConversingCall,
  type ConversingParams,
  type ConversingResult,
} from '../core/engine/conversing';
import type { EngineConfig } from '../core/engineConfig';
import type { EngineSnapshot, PreviewEntry } from '../core/events';
import type { EngineCall } from './engineCalls';
import type { Params, Result } from './protocol';

/** A façade each call of which becomes one of the protocol, for `ask` to bring to an engine. */
export abstract class AskingEngine extends Passing implements Omit<Engine, 'onEvent' | 'stop'> {
  protected abstract ask<M extends EngineCall>(
    method: M,
    params: Params<M>,
    signal?: AbortSignal,
  ): Promise<Result<M>>;

  snapshot(): Promise<EngineSnapshot> {
    return this.ask('snapshot', {});
  }

  config(): Promise<PublicConfig> {
    return this.ask('config', {});
  }

  async configure(config: EngineConfig): Promise<void> {
    await this.ask('configure', { config });
  }

  measure(source: SourceRequest, signal?: AbortSignal): Promise<SourceSummary> {
    return this.ask('measure', source, signal);
  }

  offer(request: OfferRequest): Promise<{ readonly transferId: string }> {
    return this.ask('offer', request);
  }

  async answer(transferId: string, decision: Decision): Promise<void> {
    await this.ask('answer', { transferId, decision });
  }

  async cancel(transferId: string): Promise<void> {
    await this.ask('cancel', { transferId });
  }

  async block(actorId: string, blocked: boolean): Promise<void> {
    await this.ask('block', { actorId, blocked });
  }

  async resume(transferId: string): Promise<void> {
    await this.ask('resume', { transferId });
  }

  preview(transferId: string): Promise<readonly PreviewEntry[]> {
    return this.ask('preview', { transferId });
  }

  invite(pairingId: string): Promise<Invite> {
    return this.ask('invite', { pairingId });
  }

  async join(pairingId: string, code: string): Promise<void> {
    await this.ask('join', { pairingId, code });
  }

  async answerPairing(pairingId: string, accept: boolean): Promise<void> {
    await this.ask('answerPairing', { pairingId, accept });
  }

  async changeAgent(kid: string, change: { allowed?: boolean; blocked?: boolean }): Promise<void> {
    await this.ask('changeAgent', { kid, change });
  }

  async removeAgent(kid: string): Promise<void> {
    await this.ask('removeAgent', { kid });
  }

  async revokeGrant(grantId: string): Promise<void> {
    await this.ask('revokeGrant', { grantId });
  }

  /** Every call of chats, calls and peers comes this way. */
  async pass<M extends ConversingCall>(
    call: M,
    params: ConversingParams<M>,
  ): Promise<ConversingResult<M>> {
    return ((await this.ask(call, params)) ?? undefined) as ConversingResult<M>;
  }
}
