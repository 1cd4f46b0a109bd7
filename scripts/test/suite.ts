import type { Counts } from './counts';

/** Tests under one name, which its line of the summary has. */
export interface Suite {
  readonly name: string;
  /** Programs that may run side by side with each other and with those of other suites. */
  readonly parts: readonly Part[];
}

export interface Part {
  /** Cores that it keeps busy, as measured: most tests mostly wait for a network or a process. */
  readonly cores: number;
  readonly run: (scratch: string, print: Print) => Promise<Counts>;
}

export type Print = (text: string) => void;
