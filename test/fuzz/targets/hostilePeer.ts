import { setImmediate as turn } from 'node:timers/promises';
import type { MemoryPipe } from '../../support/memoryPipe';

/** What a hostile peer does next. */
export interface Step {
  /** Which of its ways; what they are is the target's. */
  readonly act: number;
  readonly bytes: Buffer;
}

/** Steps that an input may have; a talk that means well has five. */
const MAX_STEPS = 12;

/** Each step is its act, the length of its bytes (u8), and these. */
export function* stepsOf(input: Buffer): Generator<Step> {
  for (let at = 0, count = 0; at < input.length && count < MAX_STEPS; count++) {
    const length = input[at + 1] ?? 0;
    yield { act: input[at] ?? 0, bytes: input.subarray(at + 2, at + 2 + length) };
    at += 2 + length;
  }
}

export function script(
  ...steps: readonly (readonly [act: number, bytes?: string | Buffer])[]
): Buffer {
  return Buffer.concat(
    steps.map(([act, bytes = '']) =>
      Buffer.concat([Buffer.from([act, Buffer.byteLength(bytes)]), Buffer.from(bytes)]),
    ),
  );
}

/** Turns of the event loop until whatever a message sets off has happened. */
const TURNS = 3;

export async function letItHappen(): Promise<void> {
  for (let left = TURNS; left > 0; left--) await turn();
}

/** What was really sent, in words of the target; what it calls `raw` proves nothing. */
export class Sent {
  readonly kinds: string[] = [];

  constructor(private readonly pipe: MemoryPipe) {}

  send(kind: string, message: Buffer): void {
    if (this.pipe.state !== 'open') return;
    this.kinds.push(kind);
    this.pipe.send(message);
  }

  begins(...kinds: readonly string[]): boolean {
    return kinds.every((kind, index) => this.kinds[index] === kind);
  }
}
