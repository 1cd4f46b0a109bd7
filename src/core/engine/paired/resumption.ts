/** What waits for its person to mend something, until they say so. */
export class Resumption {
  private wakeUp: (() => void) | undefined;

  /** Goes on at once; nothing when nobody waits. */
  wake(): void {
    this.wakeUp?.();
  }

  /** Rejects with the signal's reason. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const stop = (): void => {
      this.wakeUp?.();
    };
    signal.addEventListener('abort', stop, { once: true });
    await new Promise<void>((resolve) => {
      this.wakeUp = resolve;
    });
    this.wakeUp = undefined;
    signal.removeEventListener('abort', stop);
    signal.throwIfAborted();
  }
}
