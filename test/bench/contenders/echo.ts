import type { DataChannel, PeerConnection } from 'node-datachannel';
import { holdRtcLibrary, type RtcLibrary } from '../../../src/nodepeer/rtcLibrary';
import type { Link } from '../contender';

/** Now and then the library has no ICE transport for a peer that it has just made. */
const ATTEMPTS = 5;

/**
 * A bare data channel between the two processes; what the one sends, the other sends back. The
 * library is held as the product holds it, which would otherwise end it under this one, and held
 * until the process ends.
 */
export class Echo {
  static async open(link: Link): Promise<Echo> {
    const { library } = await holdRtcLibrary();
    const { made } = await connect(library, link, (each) => {
      const channel = each.createDataChannel('echo');
      const opened = new Promise<void>((resolve) => {
        channel.onOpen(resolve);
      });
      return { channel, opened };
    });
    await made.opened;
    return new Echo(made.channel);
  }

  /** The other process's half. */
  static async answer(link: Link): Promise<void> {
    const { library } = await holdRtcLibrary();
    await connect(library, link, (each) => {
      each.onDataChannel((channel) => {
        channel.onMessage((message) => {
          channel.sendMessageBinary(message as Buffer);
        });
        kept.push(channel);
      });
    });
  }

  private constructor(private readonly channel: DataChannel) {}

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
}

/** What nobody refers to is collected, and closed with it. */
const kept: unknown[] = [];

/** @param begin is called with each new connection, once it is listened to */
async function connect<T>(
  library: RtcLibrary,
  link: Link,
  begin: (peer: PeerConnection) => T,
): Promise<{ readonly made: T }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const peer = new library.PeerConnection('echo', { iceServers: [] });
    const met = meet(peer, link);
    const made = begin(peer);
    const isWell = await met;
    // Both begin anew, or neither.
    link.tell(isWell ? WELL : AGAIN);
    if ((await link.hear()) === WELL && isWell) {
      kept.push(peer, made);
      return { made };
    }
    peer.close();
  }
  throw new Error('no bare data channel came about');
}

const WELL = 'well';
const AGAIN = 'again';
const COMPLETE = 'complete';

type Word =
  | { readonly sdp: string; readonly type: 'offer' | 'answer' }
  | { readonly candidate: string; readonly mid: string }
  | typeof COMPLETE;

/**
 * Tells the other half what it needs to know, and hears the same of it, until both are complete.
 * Resolves with whether all of it could be used.
 */
async function meet(peer: PeerConnection, link: Link): Promise<boolean> {
  const tell = (word: Word): void => {
    link.tell(JSON.stringify(word));
  };
  peer.onLocalDescription((sdp, type) => {
    if (type === 'offer' || type === 'answer') tell({ sdp, type });
  });
  peer.onLocalCandidate((candidate, mid) => {
    tell({ candidate, mid });
  });
  const told = new Promise<void>((resolve) => {
    peer.onGatheringStateChange((state) => {
      if (state !== 'complete') return;
      tell(COMPLETE);
      resolve();
    });
  });
  let isWell = true;
  for (;;) {
    const word = JSON.parse(await link.hear()) as Word;
    if (word === COMPLETE) break;
    try {
      if ('sdp' in word) peer.setRemoteDescription(word.sdp, word.type);
      else peer.addRemoteCandidate(word.candidate, word.mid);
    } catch {
      isWell = false;
    }
  }
  await told;
  return isWell;
}
