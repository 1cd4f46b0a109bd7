import type { ToPage } from '../bridge/envelope';
import { CallDesk } from './callDesk';
import type { CallPages } from './callPages';
import type { CallPageLimits, CallPageOptions } from './callPageServer';
import { OnceTokens } from './onceTokens';
import { PageSocket, type RawSocket } from './pageSocket';

interface SessionParts extends Omit<CallPageOptions, 'limits' | 'pages'> {
  readonly pages: CallPages;
  readonly limits: CallPageLimits;
}

/** Sockets that have not shown a token. */
const MAX_STRANGERS = 8;
/** A reloading tab's old socket may close a moment after the new one asks. */
const RELOAD_MS = 3000;

const REUSED =
  'The link of this call was used a second time, so the page was closed. Open it again from Beeline.';
const USED_UP = 'This link is used up. Open the call again from Beeline.';
const HELD = 'This call is open in another tab. Go on there.';
const OVER = 'The call is over. You can close this tab.';

/**
 * The one browser that a call's page is for, through reloads. Whoever shows the token is it; a token
 * that is shown twice is in two hands, and ends everything.
 */
export class CallPageSession {
  /** Resolves when the call, or the page, is gone. */
  readonly over: Promise<void>;
  /** Resolves when the first token is of no use any more: redeemed, or too late. */
  readonly opened: Promise<void>;
  private finish: () => void = () => undefined;
  private open: () => void = () => undefined;
  private readonly tokens = new OnceTokens();
  private readonly strangers = new Set<PageSocket>();
  private current: { readonly socket: PageSocket; readonly desk: CallDesk } | undefined;
  private goneTimer: NodeJS.Timeout | undefined;
  private lingerTimer: NodeJS.Timeout | undefined;
  private isEnded = false;
  private readonly stopListening: () => void;

  constructor(private readonly parts: SessionParts) {
    this.over = new Promise((resolve) => {
      this.finish = resolve;
    });
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
    this.stopListening = parts.engine.onEvent((event) => {
      if (event.type !== 'calls' && event.type !== 'moved') return;
      const calls = event.type === 'calls' ? event.calls : event.snapshot.calls;
      const call = calls.find(({ callId }) => callId === parts.callId);
      // Ended ones are told once more; one that was told before and is missed now has ended too.
      if (call === undefined || call.state.kind === 'ended') this.linger();
    });
    this.waitForPage(parts.limits.tokenMs);
  }

  firstToken(): string {
    return this.tokens.give(this.parts.limits.tokenMs);
  }

  accept(raw: RawSocket): void {
    if (this.isEnded) {
      raw.close(1013, OVER);
      return;
    }
    // Another user of this machine may connect and say nothing: whoever has a token shows it at once.
    const [oldest] = this.strangers;
    if (oldest !== undefined && this.strangers.size >= MAX_STRANGERS) {
      this.strangers.delete(oldest);
      oldest.close(USED_UP);
    }
    const socket: PageSocket = new PageSocket(raw, {
      onRedeem: (token) => this.redeem(socket, token),
      onRequest: async (method, params) => {
        const { current } = this;
        if (current?.socket !== socket || !current.desk.handles(method)) return undefined;
        return { result: await current.desk.answer(method, params) };
      },
      onClose: () => {
        this.strangers.delete(socket);
        if (this.current?.socket === socket) this.leave();
      },
    });
    this.strangers.add(socket);
  }

  /** Ends everything; what the page shows from then on is the reason. */
  async end(reason: string): Promise<void> {
    if (this.isEnded) return;
    this.isEnded = true;
    clearTimeout(this.goneTimer);
    clearTimeout(this.lingerTimer);
    this.stopListening();
    this.open();
    for (const socket of this.strangers) socket.close(reason);
    const { current } = this;
    this.current = undefined;
    current?.socket.close(reason);
    await current?.desk.close();
    this.finish();
  }

  /** The next token, when this one is good. The socket is closed with a sentence otherwise. */
  private async redeem(socket: PageSocket, token: string): Promise<string | undefined> {
    if (this.current !== undefined && this.tokens.isGood(token)) {
      await this.current.socket.closedWithin(RELOAD_MS);
      // Not used up, so that the tab that holds the call may still be reloaded.
      if (this.isHeld()) {
        socket.close(HELD);
        return undefined;
      }
    }
    if (this.isEnded) return undefined;
    const redeemed = this.tokens.redeem(token);
    if (redeemed === 'used') {
      this.parts.log('Call page: its link was used a second time; the page was closed.');
      this.parts.onWarning?.(REUSED);
      await this.end(REUSED);
      return undefined;
    }
    if (redeemed !== 'good') {
      this.parts.log(`Call page: a link was refused (${redeemed}).`);
      socket.close(USED_UP);
      return undefined;
    }
    this.strangers.delete(socket);
    clearTimeout(this.goneTimer);
    this.open();
    this.current = { socket, desk: this.desk(socket) };
    // Good as long as the call is: whoever has it has this tab.
    return this.tokens.give(Infinity);
  }

  /** What happened while something was waited for. */
  private isHeld(): boolean {
    return this.current !== undefined;
  }

  private desk(socket: PageSocket): CallDesk {
    const { engine, kid, callId, agentName, ringSound, pages } = this.parts;
    return new CallDesk({
      engine,
      kid,
      pages,
      page: { kind: 'browser', callId },
      agentName: () => agentName,
      ringSound: () => ringSound,
      tell: (name, data) => {
        const event: ToPage = { kind: 'event', name, data };
        socket.send(event);
      },
    });
  }

  private leave(): void {
    const { current } = this;
    this.current = undefined;
    void current?.desk.close();
    this.waitForPage(this.parts.limits.goneMs);
  }

  private waitForPage(ms: number): void {
    clearTimeout(this.goneTimer);
    this.goneTimer = setTimeout(() => void this.end(USED_UP), ms);
  }

  /** The page says what became of the call; after that it needs nothing more. */
  private linger(): void {
    this.lingerTimer ??= setTimeout(() => void this.end(OVER), this.parts.limits.lingerMs);
  }
}
