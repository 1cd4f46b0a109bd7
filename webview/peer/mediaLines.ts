import { kindOf, MEDIA_LINES, type PeerMedia } from './peerMedia';

/** The media lines of one connection, made by the offering side and taken up by the other. */
export class MediaLines {
  constructor(
    private readonly rtc: RTCPeerConnection,
    private readonly media: PeerMedia,
  ) {
    rtc.ontrack = ({ transceiver, track }) => {
      const line = MEDIA_LINES[rtc.getTransceivers().indexOf(transceiver)];
      // More lines than there are kinds, or of another kind, are nothing that we know how to show.
      if (line !== undefined && track.kind === kindOf(line)) media.onTrack(line, track);
    };
  }

  propose(): void {
    for (const line of MEDIA_LINES) {
      const { sender } = this.rtc.addTransceiver(this.media.track(line) ?? kindOf(line), {
        direction: 'sendrecv',
      });
      this.media.onSender(line, sender);
    }
  }

  /** Between an offer and its answer. Later offers find the lines as they are. */
  async agree(): Promise<void> {
    const transceivers = this.rtc.getTransceivers();
    for (const [index, line] of MEDIA_LINES.entries()) {
      const transceiver = transceivers[index];
      if (transceiver?.receiver.track.kind !== kindOf(line)) continue;
      if (transceiver.direction === 'sendrecv' || transceiver.direction === 'stopped') continue;
      transceiver.direction = 'sendrecv';
      this.media.onSender(line, transceiver.sender);
      await transceiver.sender.replaceTrack(this.media.track(line));
    }
  }
}
