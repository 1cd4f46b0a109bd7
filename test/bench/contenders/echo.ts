import type { DataChannel, PeerConnection } from 'node-datachannel';
import { holdRtcLibrary } from '../../../src/nodepeer/rtcLibrary';
import type { Link } from '../contender';

/**
 * A bare data channel between the two processes; what the one sends, the other sends back. The
 * library is held as the product holds it, which would otherwise end it under this one.
 */
export class Echo {
  static async open(link: Link): Promise<Echo> {
    const { library, letGo } = await holdRtcLibrary();
    const peer = new library.PeerConnection('caller', { iceServers: [] });
    // Listened to before it begins: without servers to ask, it is complete at once.
    const description = described(peer);
    const channel = peer.createDataChannel('echo');
    const opened = new Promise<void>((resolve) => {
      channel.onOpen(resolve);
    });
    link.tell(await description);
    peer.setRemoteDescription(await link.hear(), 'answer');
    await opened;
    return new Echo(peer, channel, letGo);
  }

  /** The other process's half. */
  static async answer(link: Link): Promise<{ close(): void }> {
    const { library, letGo } = await holdRtcLibrary();
    const peer = new library.PeerConnection('callee', { iceServers: [] });
    peer.onDataChannel((channel) => {
      channel.onMessage((message) => {
        channel.sendMessageBinary(message as Buffer);
      });
    });
    const description = described(peer);
    peer.setRemoteDescription(await link.hear(), 'offer');
    link.tell(await description);
    return {
      close: () => {
        peer.close();
        letGo();
      },
    };
  }

  private constructor(
    private readonly peer: PeerConnection,
    private readonly channel: DataChannel,
    private readonly letGo: () => void,
  ) {}

  /** Resolves when it is back. */
  async there(message: Buffer): Promise<void> {
    const back = new Promise<void>((resolve) => {
      this.channel.onMessage(() => {
        resolve();
      });
    });
    this.channel.sendMessageBinary(message);
    await back;
  }

  close(): void {
    this.channel.close();
    this.peer.close();
    this.letGo();
  }
}

/** The own description, once it has all candidates. */
function described(peer: PeerConnection): Promise<string> {
  return new Promise((resolve) => {
    peer.onGatheringStateChange((state) => {
      if (state === 'complete') resolve(peer.localDescription()?.sdp ?? '');
    });
  });
}
