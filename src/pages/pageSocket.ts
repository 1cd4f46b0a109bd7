import * as v from 'valibot';
import type { BridgeError, ToPage } from '../bridge/envelope';
import { BeelineError } from '../core/errors';
import { PageRefusal } from './pageRequests';

/** What is used of the socket of `ws`. */
export interface RawSocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  terminate(): void;
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown;
  on(event: 'close' | 'error', listener: () => void): unknown;
}

export interface PageSocketHooks {
  /** The next token, or nothing when the socket was closed instead. */
  onRedeem(token: string): Promise<string | undefined>;
  /** Absent for methods that there are not. */
  onRequest(method: string, params: unknown): Promise<{ readonly result: unknown } | undefined>;
  onClose(): void;
}

/** Milliseconds until the first frame has to show a token. */
const REDEEM_MS = 5000;
/** Messages in a second: candidates come in bursts of some dozen. */
const MAX_PER_SECOND = 400;
/** Bytes that wait for a browser that does not read. */
const MAX_WAITING = 8 * 1024 * 1024;
/** Milliseconds for the browser to confirm a close. */
const CLOSE_MS = 2000;
const OPEN = 1;

const request = v.object({
  kind: v.literal('request'),
  id: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  method: v.pipe(v.string(), v.maxLength(64)),
  params: v.unknown(),
});
const redeem = v.object({ token: v.pipe(v.string(), v.maxLength(256)) });

const MALFORMED = 'The page said something that cannot be understood. Open it again from Beeline.';

/**
 * One browser's socket: a token first, then requests of the envelope. Whatever is of another form
 * closes it, because our own page says nothing of the kind.
 */
export class PageSocket {
  private state: 'stranger' | 'redeeming' | 'in' | 'closed' = 'stranger';
  private readonly patience: NodeJS.Timeout;
  private closeTimer: NodeJS.Timeout | undefined;
  private second = 0;
  private inSecond = 0;
  private readonly gone: Promise<void>;

  constructor(
    private readonly raw: RawSocket,
    private readonly hooks: PageSocketHooks,
  ) {
    this.patience = setTimeout(() => {
      this.close('No token came.');
    }, REDEEM_MS);
    this.gone = new Promise((resolve) => {
      raw.on('close', () => {
        this.state = 'closed';
        clearTimeout(this.patience);
        clearTimeout(this.closeTimer);
        resolve();
        hooks.onClose();
      });
    });
    // A broken frame or one that is too large; the close that follows tells the rest.
    raw.on('error', () => undefined);
    raw.on('message', (data, isBinary) => void this.hear(data, isBinary));
  }

  send(message: ToPage): void {
    if (this.raw.readyState !== OPEN) return;
    if (this.raw.bufferedAmount > MAX_WAITING) this.raw.terminate();
    else this.raw.send(JSON.stringify(message));
  }

  /** @param reason a sentence; at most 123 bytes of it travel */
  close(reason: string): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    clearTimeout(this.patience);
    this.raw.close(1008, reason);
    this.closeTimer ??= setTimeout(() => {
      this.raw.terminate();
    }, CLOSE_MS);
  }

  async closedWithin(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.gone, late]);
    clearTimeout(timer);
  }

  private async hear(data: Buffer, isBinary: boolean): Promise<void> {
    if (this.state === 'closed') return;
    const said = isBinary || this.isFlooding() ? undefined : requestIn(data);
    if (said === undefined) {
      this.close(MALFORMED);
      return;
    }
    if (this.state === 'in') {
      await this.answer(said);
      return;
    }
    const shown = v.safeParse(redeem, said.params);
    if (this.state !== 'stranger' || said.method !== 'redeem' || !shown.success) {
      this.close(MALFORMED);
      return;
    }
    this.state = 'redeeming';
    clearTimeout(this.patience);
    const token = await this.hooks.onRedeem(shown.output.token);
    if (token === undefined || this.isOver()) return;
    this.state = 'in';
    this.send({ kind: 'answer', id: said.id, result: { token } });
  }

  /** What happened while something was waited for. */
  private isOver(): boolean {
    return this.state === 'closed';
  }

  private async answer({ id, method, params }: v.InferOutput<typeof request>): Promise<void> {
    try {
      const answered = await this.hooks.onRequest(method, params);
      if (answered === undefined) throw new PageRefusal('BAD_REQUEST', 'There is no such request.');
      this.send({ kind: 'answer', id, result: answered.result ?? null });
    } catch (error) {
      this.send({ kind: 'refusal', id, error: refusalOf(error) });
    }
  }

  private isFlooding(): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.second) this.inSecond = 0;
    this.second = second;
    this.inSecond += 1;
    return this.inSecond > MAX_PER_SECOND;
  }
}

function requestIn(data: Buffer): v.InferOutput<typeof request> | undefined {
  let said: unknown;
  try {
    said = JSON.parse(data.toString('utf8'));
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(request, said);
  return parsed.success ? parsed.output : undefined;
}

/** A code and a sentence; of what we did not foresee, nothing of its inside crosses to a page. */
export function refusalOf(error: unknown): BridgeError {
  if (error instanceof BeelineError || error instanceof PageRefusal) {
    return { code: error.code, message: error.message };
  }
  return { code: 'INTERNAL', message: 'Something went wrong. The log of Beeline says more.' };
}
