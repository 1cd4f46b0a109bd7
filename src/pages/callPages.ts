import type { Call } from '../core/callEvents';
import type { CallHolder } from './callPageState';
import type { MirrorSignal } from './pageRequests';

/** A page of this process that is about a call, as the others see it. */
export interface CallPage {
  readonly kind: 'panel' | 'browser';
  callId(): string | undefined;
  /** It has the call's peer connection. */
  holds(): boolean;
  /** Who holds which call has changed. */
  onChange(): void;
  onMirror(signal: MirrorSignal): void;
}

/**
 * Which page of this process holds which call. A call's panel and its page in the browser find each
 * other here, and show each other's picture over a connection whose signals pass through.
 */
export class CallPages {
  private readonly pages = new Map<() => void, CallPage>();
  /** Calls that were begun or accepted in this process: nobody else's window takes them up. */
  private readonly begun = new Set<string>();
  /** Those of them that the engine has taken up, so that no other window was faster. */
  private readonly granted = new Set<string>();
  /** Calls that were opened in the browser by the click that began them. */
  private readonly opened = new Set<string>();

  /** Returns what takes the page away; it also names the page in the calls below. */
  join(page: CallPage): () => void {
    const leave = (): void => {
      this.pages.delete(leave);
      this.changed();
    };
    // The others are told; this one is not there yet, and asks by itself.
    const others = [...this.pages.values()];
    this.pages.set(leave, page);
    for (const other of others) other.onChange();
    return leave;
  }

  /** Begins or accepts a call for somebody here: no other window's page takes it up. */
  async begin(callId: string, ask: () => Promise<void>): Promise<void> {
    const isNew = !this.begun.has(callId);
    // Said before, because the engine may tell of the call before it answers.
    this.own(callId);
    try {
      await ask();
    } catch (error) {
      // Another window was faster. What was begun here before stays ours.
      if (isNew) this.begun.delete(callId);
      throw error;
    }
    this.granted.add(callId);
    this.changed();
  }

  /** The call is for this process's pages, whoever asked the engine for it. */
  own(callId: string): void {
    this.begun.add(callId);
  }

  /**
   * Whether the call is to be opened in the browser by itself, because a click here began or accepted
   * it and no page of it was opened yet. True once for each call: a page that is closed stays closed.
   */
  claimOpening(call: Call): boolean {
    if (this.opened.has(call.callId) || !isAmong(this.granted, call)) return false;
    this.opened.add(call.callId);
    return true;
  }

  holder(call: Call, asking: () => void): CallHolder {
    for (const [leave, page] of this.pages) {
      if (leave === asking || page.callId() !== call.callId) continue;
      // A browser's page that is open is about to hold it, so that a panel does not take it away.
      if (page.kind === 'browser') return 'browser';
      if (page.holds()) return 'elsewhere';
    }
    if (call.hasPeer) return 'elsewhere';
    // Just begun or accepted in another window, whose page is on its way.
    const isBeginning = call.state.kind === 'connecting' || isRingingOut(call);
    const isBrowser = this.pages.get(asking)?.kind === 'browser';
    if (isBeginning && !isBrowser && !isAmong(this.begun, call)) return 'elsewhere';
    return 'nobody';
  }

  changed(): void {
    for (const page of [...this.pages.values()]) page.onChange();
  }

  /** To the pages of the other kind that are about the same call. */
  mirror(from: () => void, signal: MirrorSignal): void {
    const sender = this.pages.get(from);
    const callId = sender?.callId();
    if (sender === undefined || callId === undefined) return;
    for (const page of this.pages.values()) {
      if (page.kind !== sender.kind && page.callId() === callId) page.onMirror(signal);
    }
  }
}

/** Out, or accepted: it is this person's call, not a question to them. */
export function isOn({ direction, state }: Call): boolean {
  if (state.kind === 'ended') return false;
  return direction === 'out' || state.kind !== 'ringing';
}

/** By its own id, or by the one under which it was asked for when both called at once. */
function isAmong(ids: ReadonlySet<string>, { callId, replaces }: Call): boolean {
  return ids.has(callId) || (replaces !== undefined && ids.has(replaces));
}

function isRingingOut({ state, direction }: Call): boolean {
  return state.kind === 'ringing' && direction === 'out';
}
