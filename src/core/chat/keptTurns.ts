import { errors, toBeelineError } from '../errors';
import { dropGlimpse, type Glimpse, leaveGlimpse, readGlimpse } from './glimpse';
import { openKept, type Kept, type KeptOptions } from './openKept';

/**
 * What one conversation keeps, for one step after the other; the first reads the disk. Until then
 * there is at most a glimpse of it.
 */
export class KeptTurns {
  private read: Kept | undefined;
  private shown: Glimpse | undefined;
  private tail: Promise<unknown> = Promise.resolve();
  private ended = false;

  constructor(
    private readonly options: KeptOptions,
    /** It was read, in the turn that needed it. */
    private readonly onRead: (kept: Kept) => Promise<void>,
  ) {}

  /** As far as it was read. */
  get kept(): Kept | undefined {
    return this.read;
  }

  get glimpse(): Glimpse | undefined {
    return this.shown;
  }

  get isEnded(): boolean {
    return this.ended;
  }

  /**
   * Reads what a list shows, and all when something waits; else the rest comes when it is needed.
   * @throws HOME_UNUSABLE
   */
  async open(): Promise<void> {
    const { kid, shelf, keepMessages } = this.options;
    if (keepMessages()) this.shown = await readGlimpse(kid, shelf);
    if (this.shown === undefined) await this.take(() => Promise.resolve());
  }

  /** Whether a step has to look at the setting, which may have changed. */
  get hasToMove(): boolean {
    return this.read !== undefined || !this.options.keepMessages();
  }

  /** Runs when all before it is done. */
  take<T>(act: (kept: Kept) => Promise<T>): Promise<T> {
    const turn = this.tail
      .catch(() => undefined)
      .then(async () => {
        if (this.ended) throw errors.serviceLost();
        return act(await this.ready());
      });
    this.tail = turn;
    return turn;
  }

  /** Nothing begins any more. */
  end(): void {
    this.ended = true;
  }

  /** After `end`: resolves when nothing runs any more, and leaves a glimpse for the next engine. */
  async settled(): Promise<void> {
    await this.tail.catch(() => undefined);
    const { read } = this;
    if (read?.lasts() !== true || read.outbox.size > 0) return;
    await leaveGlimpse(this.options.shelf, read.history).catch(this.note);
  }

  private async ready(): Promise<Kept> {
    const kept = this.read ?? (await this.load());
    await kept.followSetting();
    return kept;
  }

  private async load(): Promise<Kept> {
    await dropGlimpse(this.options.shelf).catch(this.note);
    const kept = await openKept(this.options, this.shown !== undefined);
    this.read = kept;
    await this.onRead(kept);
    return kept;
  }

  private readonly note = (thrown: unknown): void => {
    this.options.log(`a conversation: ${toBeelineError(thrown).message}`);
  };
}
