import { errors } from '../errors';
import { MAX_CREDIT_BYTES } from '../wire/v2';

/** What a sender may still have on its way: granted by the other side, taken by each message. */
export class Credit {
  #bytes = 0;
  #waiting: { readonly cost: number; readonly resolve: () => void } | undefined;

  /** @throws PROTOCOL */
  grant(bytes: number): void {
    if (bytes > MAX_CREDIT_BYTES - this.#bytes) throw errors.protocol('credit beyond all measure');
    this.#bytes += bytes;
    const waiting = this.#waiting;
    if (waiting === undefined || this.#bytes < waiting.cost) return;
    this.#waiting = undefined;
    this.#bytes -= waiting.cost;
    waiting.resolve();
  }

  /** Takes it at once if it is there. */
  tryTake(cost: number): boolean {
    if (this.#waiting !== undefined || this.#bytes < cost) return false;
    this.#bytes -= cost;
    return true;
  }

  /** Takes it once it is there. One at a time. */
  take(cost: number): Promise<void> | undefined {
    if (this.tryTake(cost)) return undefined;
    return new Promise((resolve) => {
      this.#waiting = { cost, resolve };
    });
  }
}
