/**
 * A fresh Noise stream as messages, one `send` a message: what pairing and link proofs are spoken
 * over. The swarm makes them from connections, tests make a pair in memory.
 */
export interface MessagePipe {
  /** 64 bytes, the same on both sides and different for every connection. Public; never logged. */
  readonly handshakeHash: Buffer;
  /** Whether this side began the Noise handshake. */
  readonly isInitiator: boolean;
  send(message: Uint8Array): void;
  /**
   * The next message, or null when the other side is gone.
   * @throws PROTOCOL when it is larger than `maxBytes`, or what the signal was aborted with
   */
  receive(maxBytes: number, signal?: AbortSignal): Promise<Buffer | null>;
  /** Lets what was sent arrive, then closes. Resolves when closed; never rejects. */
  end(): Promise<void>;
  destroy(): void;
}
