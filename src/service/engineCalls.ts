import type { Engine } from '../core/engine';
import {
  converse,
  conversingCalls,
  type ConversingCall,
  type ConversingParams,
} from '../core/engine/conversing';
import type { Method, Params, Result } from './protocol';

/** The calls of the protocol that are answered by an engine. */
export type EngineCall = Exclude<Method, 'hello'>;
type PlainCall = Exclude<EngineCall, ConversingCall>;
type Answer<M extends Method> = Result<M> extends null ? Promise<void> : Promise<Result<M>>;

/** What each call asks of an engine: said once, for the owner's own shells as for all others. */
const plain: {
  readonly [M in PlainCall]: (
    engine: Engine,
    params: Params<M>,
    signal: AbortSignal | undefined,
  ) => Answer<M>;
} = {
  snapshot: (engine) => engine.snapshot(),
  config: (engine) => engine.config(),
  configure: (engine, { config }) => engine.configure(config),
  measure: (engine, source, signal) => engine.measure(source, signal),
  offer: (engine, request) => engine.offer(request),
  answer: (engine, { transferId, decision }) => engine.answer(transferId, decision),
  cancel: (engine, { transferId }) => engine.cancel(transferId),
  block: (engine, { actorId, blocked }) => engine.block(actorId, blocked),
  resume: (engine, { transferId }) => engine.resume(transferId),
  preview: (engine, { transferId }) => engine.preview(transferId),
  invite: (engine, { pairingId }) => engine.invite(pairingId),
  join: (engine, { pairingId, code }) => engine.join(pairingId, code),
  answerPairing: (engine, { pairingId, accept }) => engine.answerPairing(pairingId, accept),
  changeAgent: (engine, { kid, change }) => engine.changeAgent(kid, change),
  removeAgent: (engine, { kid }) => engine.removeAgent(kid),
  revokeGrant: (engine, { grantId }) => engine.revokeGrant(grantId),
};

export const plainCalls = Object.keys(plain) as readonly PlainCall[];

/** Asks an engine in this process as the protocol would; nothing becomes null. */
export async function callEngine<M extends EngineCall>(
  engine: Engine,
  method: M,
  params: Params<M>,
  signal?: AbortSignal,
): Promise<Result<M>> {
  return ((await answerOf(engine, method, params, signal)) ?? null) as Result<M>;
}

function answerOf(
  engine: Engine,
  method: EngineCall,
  params: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  return isConversing(method)
    ? converse(engine, method, params as ConversingParams<typeof method>)
    : plain[method](engine, params as never, signal);
}

function isConversing(method: EngineCall): method is ConversingCall {
  return (conversingCalls as readonly EngineCall[]).includes(method);
}
