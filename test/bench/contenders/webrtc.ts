import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { type DataChannel, PeerConnection } from 'node-datachannel';
import { CHUNK_BYTES, type Contender, type Link } from '../contender';

/** Bytes queued in the channel, above which the sender waits, and below which it goes on. */
const HIGH_WATER_BYTES = 8 * 1024 * 1024;
const LOW_WATER_BYTES = 2 * 1024 * 1024;

/**
 * File | data channel | file, by node-datachannel. Its channel cannot be told to wait, so the memory
 * of the receiver depends on its disk. It verifies nothing and flushes nothing.
 */
export const webrtc: Contender = {
  async send({ sourcePath, link, progress }) {
    const peer = signalled('sender', link);
    const channel = peer.createDataChannel('file');
    await opened(channel);
    channel.setBufferedAmountLowThreshold(LOW_WATER_BYTES);
    const answer = new Promise<void>((resolve) => {
      channel.onMessage(() => {
        resolve();
      });
    });
    let goOn: () => void = () => undefined;
    channel.onBufferedAmountLow(() => {
      goOn();
    });
    const start = performance.now();
    let sent = 0;
    for await (const part of createReadStream(sourcePath, { highWaterMark: CHUNK_BYTES })) {
      const chunk = part as Buffer;
      channel.sendMessageBinary(chunk);
      progress((sent += chunk.length));
      if (channel.bufferedAmount() > HIGH_WATER_BYTES) {
        await new Promise<void>((resolve) => {
          goOn = resolve;
          // It may have run low between the two calls.
          if (channel.bufferedAmount() <= LOW_WATER_BYTES) resolve();
        });
      }
    }
    await answer;
    return { transferMs: performance.now() - start };
  },

  async receive({ bytes, targetFolder, link, progress }) {
    const target = path.join(targetFolder, 'received.bin');
    const file = createWriteStream(target);
    const peer = signalled('receiver', link);
    const channel = await new Promise<DataChannel>((resolve) => {
      peer.onDataChannel(resolve);
    });
    let received = 0;
    channel.onMessage((message) => {
      const chunk = message as Buffer;
      progress((received += chunk.length));
      file.write(chunk);
      if (received >= bytes) file.end();
    });
    await once(file, 'finish');
    channel.sendMessage('received');
    return target;
  },
};

/** A peer connection whose descriptions and candidates travel over the link. */
function signalled(name: string, link: Link): PeerConnection {
  const peer = new PeerConnection(name, { iceServers: [] });
  peer.onLocalDescription((sdp, type) => {
    link.tell(JSON.stringify({ sdp, type }));
  });
  peer.onLocalCandidate((candidate, mid) => {
    link.tell(JSON.stringify({ candidate, mid }));
  });
  void listen(peer, link);
  return peer;
}

type Signal =
  | { readonly sdp: string; readonly type: 'offer' | 'answer' }
  | { readonly candidate: string; readonly mid: string };

async function listen(peer: PeerConnection, link: Link): Promise<never> {
  for (;;) {
    const signal = JSON.parse(await link.hear()) as Signal;
    if ('sdp' in signal) peer.setRemoteDescription(signal.sdp, signal.type);
    else peer.addRemoteCandidate(signal.candidate, signal.mid);
  }
}

function opened(channel: DataChannel): Promise<void> {
  return new Promise((resolve) => {
    channel.onOpen(resolve);
  });
}
