import type { ByteChannel } from '../transfer/byteChannel';
import { errors, toBeelineError } from '../errors';
import { patiently } from './patiently';

/** Milliseconds between two looks into the thread, however many strangers connect. */
const LOOK_EVERY_MS = 1000;

/** Which of the connections on a topic may be the recipient. */
export class RecipientKeys {
  private lookedAt = performance.now();

  private constructor(
    private readonly look: () => Promise<readonly string[]>,
    private known: ReadonlySet<string>,
  ) {}

  /**
   * Looks into the thread, which the recipient wrote into before it claimed. Not to know would make
   * everybody welcome, so a service that is away is waited for, but not longer than for a peer.
   * @throws ATS_UNREACHABLE, or the signal's reason
   */
  static async ask(
    look: () => Promise<readonly string[]>,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<RecipientKeys> {
    const late = new AbortController();
    let last: unknown = errors.peerLost();
    const timer = setTimeout(() => {
      late.abort();
    }, timeoutMs);
    const once = async (): Promise<readonly string[]> => {
      try {
        return await look();
      } catch (thrown) {
        last = thrown;
        throw thrown;
      }
    };
    try {
      const keys = await patiently(once, AbortSignal.any([signal, late.signal]));
      return new RecipientKeys(look, new Set(keys));
    } catch (thrown) {
      signal.throwIfAborted();
      throw late.signal.aborted ? toBeelineError(last) : thrown;
    } finally {
      clearTimeout(timer);
    }
  }

  /** `unannounced` when the recipient never said a key, as peers that speak only ats-p2p do not. */
  async match(channel: ByteChannel): Promise<'matched' | 'unannounced' | 'other'> {
    if (!this.known.has(channel.remoteKeyHash)) await this.lookAgain();
    if (this.known.has(channel.remoteKeyHash)) return 'matched';
    return this.known.size === 0 ? 'unannounced' : 'other';
  }

  /** Another process of the recipient's may have taken over, with a key of its own. */
  private async lookAgain(): Promise<void> {
    if (performance.now() - this.lookedAt < LOOK_EVERY_MS) return;
    this.lookedAt = performance.now();
    const found = await this.look().catch(() => []);
    if (found.length > 0) this.known = new Set(found);
  }
}
