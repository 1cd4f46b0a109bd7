/** Frames of one key that were sealed, in order, until the other side has them. */
export class Outbox {
  /** Frames that were sealed, ever: the place of the next one. */
  sealed = 0;
  /** Those under way that are more than an acknowledgement. */
  payloads = 0;
  private first = 0;
  private underWay: { readonly frame: Buffer; readonly isPayload: boolean }[] = [];

  get size(): number {
    return this.underWay.length;
  }

  add(frame: Buffer, isPayload: boolean): void {
    this.underWay.push({ frame, isPayload });
    this.sealed++;
    if (isPayload) this.payloads++;
  }

  /**
   * The other side has the first `count`. An older word than the last changes nothing.
   * @returns whether it was news
   */
  acknowledge(count: number): boolean {
    if (count <= this.first) return false;
    const arrived = this.underWay.splice(0, count - this.first);
    this.first = count;
    this.payloads -= arrived.filter(({ isPayload }) => isPayload).length;
    return true;
  }

  /** The oldest that have at most so many bytes together; one at least. */
  frames(maxBytes = Number.POSITIVE_INFINITY): Buffer[] {
    const frames: Buffer[] = [];
    let bytes = 0;
    for (const { frame } of this.underWay) {
      bytes += frame.length;
      if (bytes > maxBytes && frames.length > 0) break;
      frames.push(frame);
    }
    return frames;
  }

  clear(): void {
    this.underWay = [];
    this.payloads = 0;
    this.first = this.sealed;
  }
}
