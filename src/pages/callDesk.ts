import type { CallEvents, CallPageAbility, CallRequests } from '../bridge/callPage';
import type { Engine } from '../core/engine';
import { errors } from '../core/errors';
import type { Call } from '../core/callEvents';
import type { PeerOrder } from '../core/calling';
import type { EngineEvent } from '../core/events';
import { isOn, type CallPages } from './callPages';
import { callPageState } from './callPageState';
import { isPageMethod, pageParams, PageRefusal, type PageParams } from './pageRequests';

/** The part of the façade that a call's page needs. */
export type CallEngine = Pick<
  Engine,
  | 'snapshot'
  | 'onEvent'
  | 'answerCall'
  | 'hangUp'
  | 'tellMedia'
  | 'attachPeer'
  | 'peerSignal'
  | 'peerFrame'
  | 'peerState'
  | 'detachPeer'
>;

export interface CallDeskParts {
  readonly engine: CallEngine;
  readonly kid: string;
  /** Pages of this process, so that a call's panel and its browser page find each other. */
  readonly pages: CallPages;
  /** A panel shows whatever call there is with its agent; a browser's page is there for one. */
  readonly page: { readonly kind: 'panel' } | { readonly kind: 'browser'; readonly callId: string };
  /** Made safe for display. */
  readonly agentName: () => string;
  readonly ringSound: () => boolean;
  /** Whether the page may also hold the chat's connection. */
  readonly carriesChat?: boolean;
  tell<Name extends keyof CallEvents>(name: Name, data: CallEvents[Name]): void;
  /**
   * Opens the browser's page of this call: when somebody asks for it, and once by itself when the
   * call was begun or accepted in this process and this page may not capture.
   */
  openInBrowser?(callId: string): Promise<void>;
  /** Why the browser's page did not open by itself. */
  onNotOpened?(error: unknown): void;
}

/**
 * Answers what one page asks about the call with one agent, and tells it what changes. A page acts
 * for its own peers only, and for the call that it was made for.
 */
export class CallDesk {
  /** What the page's document may do, once it has said so. */
  ability: CallPageAbility | undefined;
  private call: Call | undefined;
  private readonly peers = new Map<string, 'chat' | 'call'>();
  private isClosed = false;
  private readonly stopListening: () => void;
  private readonly leave: () => void;

  constructor(private readonly parts: CallDeskParts) {
    this.stopListening = parts.engine.onEvent((event) => {
      this.onEvent(event);
    });
    this.leave = parts.pages.join({
      kind: parts.page.kind,
      callId: () => (parts.page.kind === 'browser' ? parts.page.callId : this.call?.callId),
      holds: () => this.holdsCall,
      onChange: () => {
        this.show();
      },
      onMirror: (signal) => {
        parts.tell('mirrorSignal', { signal });
      },
    });
  }

  handles(method: string): method is keyof CallRequests {
    return isPageMethod(method);
  }

  /** Rejects with a BeelineError or PageRefusal: a code, and a sentence for people. */
  async answer(method: keyof CallRequests, params: unknown): Promise<unknown> {
    if (this.isClosed) throw errors.callUnknown();
    switch (method) {
      case 'callReady':
        return this.ready(pageParams(method, params));
      case 'acceptCall':
        return this.accept(pageParams(method, params));
      case 'declineCall':
        pageParams(method, params);
        return this.decline();
      case 'hangUp':
        pageParams(method, params);
        return this.onCall(({ callId }) => this.parts.engine.hangUp({ callId }));
      case 'tellMedia': {
        const media = pageParams(method, params);
        return this.onCall(({ callId }) => this.parts.engine.tellMedia({ callId, media }));
      }
      case 'openInBrowser':
        pageParams(method, params);
        return this.onCall(async ({ callId }) => this.parts.openInBrowser?.(callId));
      case 'mirrorSignal':
        this.parts.pages.mirror(this.leave, pageParams(method, params).signal);
        return null;
      case 'attachPeer':
        return this.attach(pageParams(method, params));
      case 'detachPeer':
        return this.detach(pageParams(method, params).peerId);
      case 'peerSignal':
        return this.forPeer(pageParams(method, params), (own) => this.parts.engine.peerSignal(own));
      case 'peerFrame':
        return this.forPeer(pageParams(method, params), (own) => this.parts.engine.peerFrame(own));
      case 'peerState':
        return this.forPeer(pageParams(method, params), (own) => this.parts.engine.peerState(own));
    }
  }

  /** The page is gone: what it held is let go. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopListening();
    this.leave();
    const ids = [...this.peers.keys()];
    this.peers.clear();
    // An engine that stops has let go of them already.
    await Promise.allSettled(ids.map((peerId) => this.parts.engine.detachPeer({ peerId })));
  }

  private get holdsCall(): boolean {
    return [...this.peers.values()].includes('call');
  }

  private async ready(ability: CallPageAbility): Promise<unknown> {
    this.ability = ability;
    const { calls } = await this.parts.engine.snapshot();
    this.take(calls);
    this.openByItself();
    return this.state();
  }

  private async accept({ video }: PageParams<'acceptCall'>): Promise<null> {
    const decision = { kind: 'accept', media: { video } } as const;
    return this.onCall(({ callId }) =>
      this.parts.pages.begin(callId, () => this.parts.engine.answerCall({ callId, decision })),
    );
  }

  private async decline(): Promise<null> {
    return this.onCall(({ callId }) =>
      this.parts.engine.answerCall({ callId, decision: { kind: 'decline' } }),
    );
  }

  /** @throws CALL_UNKNOWN */
  private async onCall(act: (call: Call) => Promise<unknown>): Promise<null> {
    if (this.call === undefined) throw errors.callUnknown();
    await act(this.call);
    return null;
  }

  private async attach({ peerId, to, takeOver }: PageParams<'attachPeer'>): Promise<unknown> {
    if (to === 'chat' && this.parts.carriesChat !== true) throw notYours();
    const target =
      to === 'chat'
        ? ({ kind: 'chat', kid: this.parts.kid } as const)
        : ({ kind: 'call', callId: this.ownCallId() } as const);
    // Before it is asked, because its first orders may come with the answer.
    this.peers.set(peerId, to);
    try {
      const start = await this.parts.engine.attachPeer({
        peerId,
        to: target,
        ...(takeOver === true && { takeOver }),
      });
      if (this.isClosed) {
        await this.parts.engine.detachPeer({ peerId });
        throw errors.callUnknown();
      }
      if (to === 'call') this.parts.pages.changed();
      return start;
    } catch (error) {
      this.peers.delete(peerId);
      throw error;
    }
  }

  /** @throws CALL_UNKNOWN */
  private ownCallId(): string {
    if (this.call === undefined) throw errors.callUnknown();
    return this.call.callId;
  }

  private async detach(peerId: string): Promise<null> {
    // A peer that was let go is gone already.
    if (!this.peers.delete(peerId)) return null;
    await this.parts.engine.detachPeer({ peerId });
    this.parts.pages.changed();
    return null;
  }

  /** @throws PageRefusal when it is another page's */
  private async forPeer<Params extends { readonly peerId: string }>(
    params: Params,
    act: (params: Params) => Promise<void>,
  ): Promise<null> {
    if (!this.peers.has(params.peerId)) throw notYours();
    await act(params);
    return null;
  }

  private onEvent(event: EngineEvent): void {
    if (event.type === 'calls') {
      this.take(event.calls);
      this.show();
    } else if (event.type === 'peer') {
      this.onOrder(event.peerId, event.order);
    } else if (event.type === 'moved') {
      // The engine that knew this page's peers is gone, so the page attaches new ones.
      for (const peerId of [...this.peers.keys()]) {
        this.onOrder(peerId, { kind: 'close', reason: 'ended' });
      }
      this.take(event.snapshot.calls);
      this.show();
    }
  }

  private onOrder(peerId: string, order: PeerOrder): void {
    if (!this.peers.has(peerId)) return;
    this.parts.tell('peer', { peerId, order });
    if (order.kind !== 'close') return;
    this.peers.delete(peerId);
    this.parts.pages.changed();
  }

  /** The call that this page is about: its own, or the newest one with the panel's agent. */
  private take(calls: readonly Call[]): void {
    const { page, kid } = this.parts;
    const mine = calls.filter((call) =>
      page.kind === 'browser' ? call.callId === page.callId : call.agent.kid === kid,
    );
    const next = mine.find(({ state }) => state.kind !== 'ended') ?? mine.at(-1);
    // One that ended is told once by the engine; the page goes on showing how until there is another.
    if (next !== undefined) this.call = next;
    else if (this.call?.state.kind !== 'ended') this.call = undefined;
  }

  private show(): void {
    if (this.isClosed) return;
    this.parts.tell('call', this.state());
    this.openByItself();
  }

  /** The click that began or accepted the call is the only one that it takes. */
  private openByItself(): void {
    const { call, ability, parts } = this;
    if (parts.openInBrowser === undefined || ability === undefined || ability.microphone) return;
    if (call === undefined || !isOn(call)) return;
    if (parts.pages.holder(call, this.leave) !== 'nobody') return;
    if (!parts.pages.claimOpening(call)) return;
    parts.openInBrowser(call.callId).catch((error: unknown) => parts.onNotOpened?.(error));
  }

  private state(): CallEvents['call'] {
    const { agentName, ringSound, pages } = this.parts;
    return callPageState({
      agentName: agentName(),
      call: this.call,
      holder: this.call && (this.holdsCall ? 'here' : pages.holder(this.call, this.leave)),
      ringSound: ringSound(),
    });
  }
}

function notYours(): PageRefusal {
  return new PageRefusal('BAD_REQUEST', 'This connection belongs to another page.');
}
