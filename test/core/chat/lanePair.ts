import type { ChatFrame } from '../../../src/core/wire/chatFrames';
import { HandLane, type Side } from './chatFixture';

/**
 * Two lanes that are each other's end, as a session has them: in order, and everything that is on
 * its way when it breaks is lost.
 */
export class LanePair {
  private readonly ends: readonly [HandLane, HandLane];
  private readonly onWay: [ChatFrame[], ChatFrame[]] = [[], []];
  private isBroken = false;
  private isMoving = false;

  constructor(
    private readonly sides: readonly [Side, Side],
    /** After each frame: false breaks it. */
    private readonly goesOn: () => boolean = () => true,
  ) {
    const [one, other] = sides;
    this.ends = [new HandLane(one.kid, one), new HandLane(other.kid, other)];
    for (const from of [0, 1] as const) {
      this.ends[from].onSend = (frame) => {
        this.onWay[from].push(frame);
        this.moveSoon();
      };
    }
  }

  open(): this {
    for (const end of this.ends) end.open();
    return this;
  }

  get isUp(): boolean {
    return !this.isBroken;
  }

  break(): void {
    if (this.isBroken) return;
    this.isBroken = true;
    for (const end of this.ends) end.close();
  }

  private moveSoon(): void {
    if (this.isMoving || this.isBroken) return;
    this.isMoving = true;
    setImmediate(() => {
      this.isMoving = false;
      this.move();
    });
  }

  private move(): void {
    for (const from of [0, 1] as const) {
      const frame = this.onWay[from].shift();
      if (frame === undefined || this.isBroken) continue;
      this.ends[from === 0 ? 1 : 0].hear(frame);
      if (!this.goesOn()) this.break();
    }
    if (this.onWay.some((frames) => frames.length > 0)) this.moveSoon();
    for (const side of this.sides) side.heard.emit('event');
  }
}
