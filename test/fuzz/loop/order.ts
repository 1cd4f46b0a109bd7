import type { Reached } from './coverage';

/** What the loop is told: JSON, its one argument. */
export interface Order {
  /** The bundle with the target in it. */
  readonly bundle: string;
  /** Inputs to begin with, one a file; those named `regression-…` are never dropped. */
  readonly corpus: string;
  /** Gets every input before it is run: count u32, length u32, bytes. */
  readonly currentInput: string;
  readonly seed: number;
  /** For new inputs; what is there already takes the time it takes. */
  readonly milliseconds: number;
  /** Whether the corpus is written anew: the fewest and shortest inputs that reach as much. */
  readonly keep: boolean;
}

/** What the loop answers: the last line of its output. */
export type Answer =
  | {
      readonly kind: 'held';
      readonly runs: number;
      readonly accepted: number;
      /** Inputs that reached something new, beyond those that were there. */
      readonly found: number;
      readonly reached: Reached;
    }
  | { readonly kind: 'violated'; readonly message: string; readonly stack: string };

/** Bytes before the input in `currentInput`. */
export const CURRENT_HEAD_BYTES = 8;
