/** One decoder, or several that read the same, as the fuzzer sees it. */
export interface FuzzTarget {
  /** The files that are attacked: of these the coverage is told. */
  readonly covers: readonly string[];
  /** What inputs look like, so that they are changed in ways that get further than noise does. */
  readonly kind: 'bytes' | 'json' | 'text';
  /** Bytes before that, which choose what is done with the rest. */
  readonly head?: number;
  /** Words worth putting in. */
  readonly dictionary?: readonly string[];
  /** Inputs that have to be accepted: a target that accepts nothing attacks only its front door. */
  seeds(): readonly Buffer[];
  /**
   * Lets the decoder read an input.
   * @returns whether it was accepted
   * @throws when a property does not hold, and for whatever a decoder must not throw
   */
  fuzz(input: Buffer): boolean | Promise<boolean>;
}

/** By name of the file in `targets/`. */
export const targetNames = [
  'v1Frames',
  'v1Meta',
  'v1FrameSource',
  'v2Messages',
  'v2Manifest',
  'v2Offer',
  'hello',
  'card',
  'pairingTalk',
  'linkProof',
  'signedOffer',
  'sealedDetails',
  'invite',
  'bookEntry',
  'bookFile',
  'answeredOffers',
  'journals',
  'atsAnswers',
  'hubAnswers',
  'eventFrames',
  'taskOffers',
  'safeName',
  'relayHello',
  'stagingJournal',
  'ledger',
  'sessionLink',
  'sessionMessages',
  'sealedStream',
  'signalFrames',
  'sdp',
] as const;

export type TargetName = (typeof targetNames)[number];
