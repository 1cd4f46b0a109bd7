import { errors } from '../errors';
import type { PeerCard } from './card';
import type { MessagePipe } from './messagePipe';
import type { PairingTalk } from './pairingTalk';

/**
 * What is said once both have seen each other's card: one ASCII word a message. The stream was
 * bound to both identities by the proofs, so the words need no seal of their own.
 */
const Word = {
  /** My person confirmed. */
  commit: 'commit',
  /** I have said `commit` and heard yours. */
  paired: 'paired',
  /** My person, or my machine, does not want it. Possible until `paired` was heard. */
  decline: 'decline',
} as const;

/** Bytes of the longest word. */
const MAX_WORD_BYTES = 8;
/** Milliseconds for the last word, which needs no person, once both have confirmed. */
const LAST_WORD_MS = 10_000;

/**
 * How far the two have come: `said` is ours alone, `heard` theirs alone, `both` waits for `paired`.
 */
type State = 'open' | 'said' | 'heard' | 'both' | 'paired' | 'over';

/**
 * Step 3 of a pairing: both confirm, or nothing comes of it.
 *
 * Whoever confirms last may do so on a connection that died while they were reading. So one side
 * is sure only when it has heard `paired`, by which the other says that it has both commits; what
 * is lost before that gives PAIRING_LOST on both sides, and neither book is written.
 *
 * Some last message can always be lost: when a `paired` is cut off on its way, its sender has
 * written its book and the other has not, and its person is told to pair again. That is safe. The
 * entry is one that its own person confirmed, of an identity that was proven; the other side does
 * not know us, so no link comes about and nothing is received or accepted; a new pairing with the
 * same identity renews the entry, and removing it is always possible.
 */
export class PairingAgreement implements PairingTalk {
  readonly gone: Promise<never>;
  readonly closed: Promise<void>;
  private parted: () => void = () => undefined;
  private readonly outcome: Promise<void>;
  private state: State = 'open';
  private settle: { resolve: () => void; reject: (error: unknown) => void } = {
    resolve: () => undefined,
    reject: () => undefined,
  };
  private timer: NodeJS.Timeout | undefined;
  private readonly aborted = (): void => {
    this.say(Word.decline);
    this.fail(this.signal.reason);
  };

  constructor(
    private readonly pipe: MessagePipe,
    readonly card: PeerCard,
    private readonly signal: AbortSignal,
  ) {
    this.outcome = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    this.closed = new Promise((resolve) => {
      this.parted = resolve;
    });
    // Stays open when it succeeds, because a talk that became a pairing is never gone.
    this.gone = new Promise((_, reject) => {
      this.outcome.catch(reject);
    });
    // Whoever holds the talk may look at one of the two, at both or at none.
    this.gone.catch(() => undefined);
    signal.addEventListener('abort', this.aborted, { once: true });
    if (signal.aborted) this.aborted();
    void this.listen();
  }

  confirm(): Promise<void> {
    if (this.state === 'open') {
      this.state = 'said';
      this.say(Word.commit);
    } else if (this.state === 'heard') {
      this.say(Word.commit);
      this.haveBoth();
    }
    return this.outcome;
  }

  decline(): void {
    if (this.isSettled()) return;
    this.say(Word.decline);
    this.fail(errors.cancelled());
  }

  private async listen(): Promise<void> {
    try {
      while (!this.isSettled()) {
        const message = await this.pipe.receive(MAX_WORD_BYTES);
        if (message === null) throw errors.pairingLost();
        this.hear(message.toString('latin1'));
      }
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  private hear(word: string): void {
    const { state } = this;
    if (state === 'paired' || state === 'over') return;
    if (word === Word.commit && state === 'open') this.state = 'heard';
    else if (word === Word.commit && state === 'said') this.haveBoth();
    else if (word === Word.paired && state === 'both') this.succeed();
    else if (word === Word.decline) throw errors.pairingDeclined();
    else throw errors.protocol('a word out of turn while pairing');
  }

  private haveBoth(): void {
    this.state = 'both';
    this.say(Word.paired);
    this.timer = setTimeout(() => {
      this.fail(errors.pairingLost());
    }, LAST_WORD_MS);
  }

  private succeed(): void {
    this.state = 'paired';
    this.letGo();
    // Our own last word has to arrive, also when the caller ends everything right after this.
    void this.pipe.end().then(() => {
      this.parted();
      this.settle.resolve();
    });
  }

  private fail(error: unknown): void {
    if (this.isSettled()) return;
    this.state = 'over';
    this.letGo();
    this.settle.reject(error);
    void this.pipe.end().then(this.parted);
  }

  private letGo(): void {
    clearTimeout(this.timer);
    this.signal.removeEventListener('abort', this.aborted);
  }

  private isSettled(): boolean {
    return this.state === 'paired' || this.state === 'over';
  }

  private say(word: string): void {
    this.pipe.send(Buffer.from(word, 'latin1'));
  }
}
