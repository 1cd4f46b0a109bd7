import type {
  Decision,
  Invite,
  OfferRequest,
  PublicConfig,
  SourceRequest,
  SourceSummary,
} from '../core/engine';
import type { ConversingCall, ConversingParams, ConversingResult } from '../core/engine/conversing';
import type { EngineConfig } from '../core/engineConfig';
import type { EngineEvent, EngineSnapshot, PreviewEntry } from '../core/events';

/**
 * What the processes of one home say to each other: JSON-RPC 2.0 over the home's local socket, with
 * the framing of the language server protocol. Raised when an older side could not understand.
 */
export const PROTOCOL = 4;

/** Client to owner. Every call may be repeated to the next owner. */
export interface Requests extends ConversingRequests {
  /** First, and answered once the engine runs. */
  hello(params: Hello): Welcome;
  snapshot(params: Record<string, never>): EngineSnapshot;
  config(params: Record<string, never>): PublicConfig;
  configure(params: { readonly config: EngineConfig }): null;
  measure(params: SourceRequest): SourceSummary;
  offer(params: OfferRequest): { readonly transferId: string };
  answer(params: { readonly transferId: string; readonly decision: Decision }): null;
  cancel(params: { readonly transferId: string }): null;
  block(params: { readonly actorId: string; readonly blocked: boolean }): null;
  resume(params: { readonly transferId: string }): null;
  preview(params: { readonly transferId: string }): readonly PreviewEntry[];
  invite(params: { readonly pairingId: string }): Invite;
  join(params: { readonly pairingId: string; readonly code: string }): null;
  answerPairing(params: { readonly pairingId: string; readonly accept: boolean }): null;
  changeAgent(params: {
    readonly kid: string;
    readonly change: { readonly allowed?: boolean; readonly blocked?: boolean };
  }): null;
  removeAgent(params: { readonly kid: string }): null;
  revokeGrant(params: { readonly grantId: string }): null;
}

/** Those of chats, calls and peers are passed on as the façade has them; nothing becomes null. */
type ConversingRequests = {
  [M in ConversingCall]: (params: ConversingParams<M>) => Told<ConversingResult<M>>;
};
type Told<R> = undefined extends R ? null : R;

/** Owner to clients. */
export interface Notifications {
  event(params: EngineEvent): void;
  /** Another configuration is in force. */
  configured(params: EngineConfig): void;
}

export interface Hello {
  readonly protocol: number;
  readonly version: string;
}

export interface Welcome {
  readonly protocol: number;
  readonly version: string;
  /**
   * Whole, with the API key, so that whoever succeeds the owner can go on with what runs. The socket
   * admits only processes of the same user, and the key stays in memory.
   */
  readonly config: EngineConfig;
}

export type Method = keyof Requests;
export type Params<M extends Method> = Parameters<Requests[M]>[0];
export type Result<M extends Method> = ReturnType<Requests[M]>;
