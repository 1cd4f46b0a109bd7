/**
 * How far a person has read. What a page shows counts only while its panel is in front and the window
 * has the focus: a panel in a window behind others has shown it to nobody. Until then it is kept.
 */
export class ReadMark {
  private kept: string | undefined;

  constructor(
    private readonly isInFront: () => boolean,
    private readonly tell: (messageId: string) => Promise<void>,
  ) {}

  async upTo(messageId: string): Promise<void> {
    this.kept = messageId;
    await this.look();
  }

  /** The panel or the window came to the front, or left it. */
  async look(): Promise<void> {
    const { kept } = this;
    if (kept === undefined || !this.isInFront()) return;
    this.kept = undefined;
    await this.tell(kept);
  }
}
