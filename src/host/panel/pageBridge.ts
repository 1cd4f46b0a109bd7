import * as v from 'valibot';
import type { BridgeError, ToPage } from '../../bridge/envelope';
import { errorChain, errorData } from '../errorData';
import { PageRefusal } from '../../pages/pageRequests';
import { refusals } from './refusals';

/** What the page may ask, and who answers it. */
export type Answers<Requests> = {
  readonly [Method in keyof Requests]: Answer<Requests[Method]>;
};
type Answer<Request> = Request extends { readonly params: infer Params; readonly result: infer R }
  ? (params: Params) => R | Promise<R>
  : never;

/** What the parameters must look like. A page is ours, but what is in it may come from a peer. */
export type Shapes<Requests> = {
  readonly [Method in keyof Requests]: v.GenericSchema<unknown, ParamsOf<Requests[Method]>>;
};
type ParamsOf<Request> = Request extends { readonly params: infer Params } ? Params : never;

/** The part of a webview that carries envelopes. */
export interface PagePort {
  postMessage(message: ToPage): PromiseLike<boolean>;
  onDidReceiveMessage(listener: (message: unknown) => void): { dispose(): void };
}

export interface Desk {
  handles(method: string): boolean;
  answer(method: string, params: unknown): Promise<unknown>;
}

export interface PageBridgeParts<Requests> {
  readonly port: PagePort;
  readonly shapes: Shapes<Requests>;
  readonly answers: Answers<Requests>;
  /** Answers further requests, and looks at their parameters itself. */
  readonly desk?: () => Desk | undefined;
  /** One line; never what a message carried. */
  readonly warn: (line: string) => void;
}

/**
 * The host's end of a page: each request is looked at before anybody acts on it, answered once, and
 * one that throws harms no other. What is no request at all gets no answer, only a line in the log.
 */
export class PageBridge<Requests, Events> {
  private readonly listening: { dispose(): void };
  private closed = false;

  constructor(private readonly parts: PageBridgeParts<Requests>) {
    this.listening = parts.port.onDidReceiveMessage((message) => void this.take(message));
  }

  emit<Name extends keyof Events & string>(name: Name, data: Events[Name]): void {
    this.post({ kind: 'event', name, data });
  }

  dispose(): void {
    this.closed = true;
    this.listening.dispose();
  }

  private async take(message: unknown): Promise<void> {
    const request = v.safeParse(envelope, message);
    if (!request.success) {
      this.parts.warn('A page sent something that is no request.');
      return;
    }
    const { id, method, params } = request.output;
    try {
      this.post({ kind: 'answer', id, result: await this.answer(method, params) });
    } catch (thrown) {
      this.parts.warn(`${method} was refused: ${errorChain(thrown)}`);
      this.post({ kind: 'refusal', id, error: bridgeError(thrown) });
    }
  }

  private answer(method: string, params: unknown): unknown {
    const { shapes, answers, desk } = this.parts;
    const other = desk?.();
    if (other?.handles(method) === true) return other.answer(method, params);
    // Own names only: `constructor` is no request.
    if (!Object.hasOwn(shapes, method)) throw refusals.shape();
    const known = method as keyof Requests;
    const parsed = v.safeParse(shapes[known], params);
    if (!parsed.success) throw refusals.shape();
    return (answers[known] as (params: unknown) => unknown)(parsed.output);
  }

  private post(message: ToPage): void {
    // A panel that is just closing takes no more messages, and says so by rejecting.
    if (!this.closed) this.parts.port.postMessage(message).then(undefined, () => undefined);
  }
}

function bridgeError(thrown: unknown): BridgeError {
  if (thrown instanceof PageRefusal) return { code: thrown.code, message: thrown.message };
  return errorData(thrown);
}

const MAX_METHOD = 64;

const envelope = v.object({
  kind: v.literal('request'),
  id: v.pipe(v.number(), v.safeInteger()),
  method: v.pipe(v.string(), v.maxLength(MAX_METHOD)),
  params: v.unknown(),
});
