/**
 * The media of a call. Always three lines in this order, whatever is shown just now, so that muting,
 * the camera and the screen change without a new description, and nobody has to guess which is which.
 */
export const MEDIA_LINES = ['audio', 'camera', 'screen'] as const;
export type MediaLine = (typeof MEDIA_LINES)[number];

/** What a connection takes from, and gives to, the call that it carries. */
export interface PeerMedia {
  /** What is sent on this line just now, if anything. */
  track(line: MediaLine): MediaStreamTrack | null;
  /** Called for each line of a new connection: later tracks are put into its sender. */
  onSender(line: MediaLine, sender: RTCRtpSender): void;
  /** The other side's, which may be silent or black until something is shown. */
  onTrack(line: MediaLine, track: MediaStreamTrack): void;
}

export function kindOf(line: MediaLine): 'audio' | 'video' {
  return line === 'audio' ? 'audio' : 'video';
}
