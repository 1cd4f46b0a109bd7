import type { ChatPath } from '../chatEvents';
import type { ChatFrame } from '../wire/chatFrames';

/**
 * The chat of one established session with one agent: sealed, in order, nothing twice, whatever
 * carries it. It ends with its session; what was sent and not confirmed by a `delivered` frame is
 * sent again on the next lane, and the other side knows it by its id.
 */
export interface ChatLane {
  readonly kid: string;
  readonly path: ChatPath;
  send(frame: ChatFrame): void;
}

/** What the conversations are told by the sessions. */
export interface ChatLaneHooks {
  /** A lane is up; an earlier one with the same agent has been told gone. */
  onLane(lane: ChatLane): void;
  onLaneGone(lane: ChatLane): void;
  onPath(lane: ChatLane): void;
  /** In order. Frames are validated; what they mean is not. */
  onFrame(lane: ChatLane, frame: ChatFrame): void;
  /** Why there is no lane, when somebody answered so; undefined once nobody here asks any more. */
  onRefused(kid: string, reason: 'unavailable' | 'unsupported' | undefined): void;
}

/** What the sessions are asked by the conversations. */
export interface ChatSessions {
  /**
   * There is something to say, or a chat is in front of somebody: makes a lane as soon as there is a
   * way, and keeps it up. False lets it end after a while of silence.
   */
  want(kid: string, wanted: boolean): void;
}
