import type NoiseStream from '@hyperswarm/secret-stream';
import { errors } from '../errors';
import { streamPipe, type StreamPipe } from './streamPipe';

/** Connections that have not proven who they are, and those of them that others began. */
const MAX_UNPROVEN = 16;
const MAX_UNPROVEN_INCOMING = 12;

/** Milliseconds for the whole proof. */
const PROOF_MS = 5000;

/** A proof is 96 bytes each way; the hello of a peer that is quicker than we may follow it. */
const UNPROVEN_BYTES = 16 * 1024;

/** Where connections wait until they have proven who they are: few, for a short time, saying little. */
export class Doorway {
  #waiting = new Map<NoiseStream, { readonly isIncoming: boolean }>();

  /**
   * Runs a proof on a fresh connection. Undefined when there was no room, or the connection ended
   * as the proof was through; then it is destroyed. Among those that others began there is always
   * room: the one that had the most time to prove itself leaves, or a few strangers who say nothing
   * would keep everybody out for as long as they come back.
   * @throws PEER_LOST, or whatever the proof throws; the connection is destroyed
   */
  async admit<T>(
    stream: NoiseStream,
    { isIncoming }: { readonly isIncoming: boolean },
    prove: (pipe: StreamPipe, signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    stream.on('error', () => undefined);
    if (isIncoming) this.#makeRoom();
    if (this.#waiting.size >= MAX_UNPROVEN) {
      stream.destroy();
      return undefined;
    }
    this.#waiting.set(stream, { isIncoming });
    const abort = new AbortController();
    const timer = setTimeout(() => stream.destroy(), PROOF_MS);
    const leave = (): void => {
      abort.abort(errors.peerLost());
    };
    let bytes = 0;
    const count = (chunk: Uint8Array): void => {
      bytes += chunk.byteLength;
      if (bytes > UNPROVEN_BYTES) stream.destroy();
    };
    stream.once('close', leave);
    stream.rawStream.on('data', count);
    const pipe = streamPipe(stream);
    try {
      const proven = await prove(pipe, abort.signal);
      if (stream.destroying) return undefined;
      pipe.release();
      return proven;
    } catch (error) {
      stream.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
      stream.off('close', leave);
      stream.rawStream.off('data', count);
      this.#waiting.delete(stream);
    }
  }

  /** Whether the process with this Noise key is proving itself just now. */
  holds(publicKey: Buffer): boolean {
    return [...this.#waiting.keys()].some((stream) => stream.remotePublicKey.equals(publicKey));
  }

  close(): void {
    for (const stream of this.#waiting.keys()) stream.destroy();
  }

  #makeRoom(): void {
    const incoming = [...this.#waiting].filter(([, other]) => other.isIncoming);
    if (incoming.length < MAX_UNPROVEN_INCOMING) return;
    const [oldest] = incoming[0] ?? [];
    if (oldest === undefined) return;
    this.#waiting.delete(oldest);
    oldest.destroy();
  }
}
