/** Frames an agent may send in a second for long, and at once. A chat with a call has some tens. */
const FRAMES_PER_SECOND = 400;
const FRAMES_AT_ONCE = 1200;
/** Other messages over a link: requests and answers again, and who is there. */
const WORDS_PER_SECOND = 2;
const WORDS_AT_ONCE = 60;
/** Requests for chats, in a minute for long, and at once; ours to them likewise. */
const REQUESTS_PER_MINUTE = 20;
const REQUESTS_AT_ONCE = 20;
/** Rings: people ring a few times, and each one is a notice for somebody. */
const RINGS_PER_MINUTE = 4;
const RINGS_AT_ONCE = 8;
/** Peers, each of which costs a peer connection here; pages come and go at the speed of hands. */
const PEERS_PER_SECOND = 0.5;
const PEERS_AT_ONCE = 20;
/** Descriptions and candidates: a page has some tens of these for each of those. */
const DESCRIPTIONS_PER_SECOND = 2;
const DESCRIPTIONS_AT_ONCE = 60;
const CANDIDATES_PER_SECOND = 20;
const CANDIDATES_AT_ONCE = 800;

/** What one paired agent may cost us; what is beyond is passed over, and comes again by itself. */
export class FrameAllowance {
  private readonly frames = new Bucket(FRAMES_PER_SECOND / 1000, FRAMES_AT_ONCE);
  private readonly words = new Bucket(WORDS_PER_SECOND / 1000, WORDS_AT_ONCE);
  private readonly requests = new Bucket(REQUESTS_PER_MINUTE / 60_000, REQUESTS_AT_ONCE);
  private readonly rings = new Bucket(RINGS_PER_MINUTE / 60_000, RINGS_AT_ONCE);
  private readonly begun = new Bucket(REQUESTS_PER_MINUTE / 60_000, REQUESTS_AT_ONCE);
  private readonly peers = new Bucket(PEERS_PER_SECOND / 1000, PEERS_AT_ONCE);
  private readonly descriptions = new Bucket(DESCRIPTIONS_PER_SECOND / 1000, DESCRIPTIONS_AT_ONCE);
  private readonly candidates = new Bucket(CANDIDATES_PER_SECOND / 1000, CANDIDATES_AT_ONCE);

  mayFrame(): boolean {
    return this.frames.take();
  }

  maySpeak(): boolean {
    return this.words.take();
  }

  mayAsk(kind: 'chat' | 'call'): boolean {
    return kind === 'call' ? this.rings.take() : this.requests.take();
  }

  /** Whether we ask it for a chat: one that says yes and goes, again and again, sets the pace else. */
  mayBeAsked(): boolean {
    return this.begun.take();
  }

  mayBringPeer(): boolean {
    return this.peers.take();
  }

  mayDescribe(): boolean {
    return this.descriptions.take();
  }

  mayAddCandidate(): boolean {
    return this.candidates.take();
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
