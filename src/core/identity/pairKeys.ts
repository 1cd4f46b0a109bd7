/** What two paired agents share without having sent it; made from the pair root (keys.md). */
export interface PairKeys {
  /** Our side: whose identity key is the bytewise smaller one is `low`. */
  readonly side: 'low' | 'high';
  /** 32 bytes each. */
  readonly linkKey: Buffer;
  readonly topic: Buffer;
  readonly relayToken: Buffer;
  readonly receiptKey: Buffer;
  /** The key that seals the names of one offer; `id` is its 16 bytes. */
  offerSealKey(id: Buffer): Buffer;
}
