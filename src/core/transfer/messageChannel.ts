/**
 * One Protomux channel as typed messages: what wire version 2 is spoken over. The swarm makes them
 * from links, tests make a pair in memory.
 */
export interface MessageChannel {
  /**
   * Sends one message. Undefined when more may follow at once; a promise that resolves when there is
   * room again, so that channels of one link take turns. Rejects with PEER_LOST.
   * @param type 0 to 16
   * @param payload is copied, or gone out, before this returns: the caller may use it again at once
   */
  send(type: number, payload: Uint8Array): Promise<void> | undefined;
  /**
   * The next message in order, or null when the other side closed the channel or is gone.
   * What arrives meanwhile is kept: the protocol above bounds it by credit.
   */
  receive(): Promise<ChannelMessage | null>;
  /** Closes this channel and leaves the link. Pending `receive` resolves with null. */
  close(): void;
}

export interface ChannelMessage {
  readonly type: number;
  readonly payload: Buffer;
}
