/** Frames an agent may send in a second for long, and at once. A chat with a call has some tens. */
const FRAMES_PER_SECOND = 400;
const FRAMES_AT_ONCE = 1200;
/** Requests, in a minute for long, and at once: people ring a few times. */
const REQUESTS_PER_MINUTE = 20;
const REQUESTS_AT_ONCE = 20;

/** What one paired agent may cost us; what is beyond is passed over, and comes again by itself. */
export class FrameAllowance {
  private readonly frames = new Bucket(FRAMES_PER_SECOND / 1000, FRAMES_AT_ONCE);
  private readonly requests = new Bucket(REQUESTS_PER_MINUTE / 60_000, REQUESTS_AT_ONCE);

  mayFrame(): boolean {
    return this.frames.take();
  }

  mayAsk(): boolean {
    return this.requests.take();
  }
}

/** Fills by time, up to a most. */
class Bucket {
  private left: number;
  private at = performance.now();

  constructor(
    private readonly perMs: number,
    private readonly most: number,
  ) {
    this.left = most;
  }

  take(): boolean {
    const now = performance.now();
    this.left = Math.min(this.most, this.left + (now - this.at) * this.perMs);
    this.at = now;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}
