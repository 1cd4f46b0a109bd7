/**
 * Bytes to and from one peer, in order, encrypted by whoever made it.
 * The swarm makes these from Noise streams; tests make them in memory.
 */
export interface ByteChannel {
  /** SHA-256 of the other side's Noise public key, lower-case hex. */
  readonly remoteKeyHash: string;

  /**
   * Queues bytes, taking ownership of the buffer. A returned promise is the transport's wish that
   * the caller wait: it resolves when more may be written, and rejects (PEER_LOST) when the channel
   * closes first. Without it memory would grow with the file.
   */
  write(bytes: Buffer): Promise<void> | undefined;

  /**
   * The next bytes, or null when the other side ended or the connection is gone.
   * One reader at a time; not reading is backpressure.
   */
  read(): Promise<Buffer | null>;

  /** Sends what is queued, says goodbye, and resolves when the other side has seen it or is gone. */
  end(): Promise<void>;

  /** Drops everything at once. Pending reads give null. Never throws; may be called again. */
  destroy(): void;
}
