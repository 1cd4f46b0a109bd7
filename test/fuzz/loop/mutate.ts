import type { FuzzTarget } from '../target';
import { MAX_INPUT_BYTES, mutateBytes } from './mutateBytes';
import { changedText, mutateJson } from './mutateJson';
import type { Random } from './random';

/** Makes inputs of inputs, in the ways that suit a target. */
export class Mutator {
  private readonly words: readonly string[];
  private readonly wordBytes: readonly Buffer[];
  private readonly head: number;

  constructor(
    private readonly target: FuzzTarget,
    private readonly random: Random,
  ) {
    this.words = target.dictionary ?? [];
    this.wordBytes = this.words.map((word) => Buffer.from(word));
    this.head = target.head ?? 0;
  }

  mutate(input: Buffer, other: Buffer): Buffer {
    const { random } = this;
    const head = Buffer.from(input.subarray(0, this.head));
    if (head.length > 0 && random.oneIn(8)) head[random.below(head.length)] = random.below(256);
    const body = this.body(input.subarray(this.head), other.subarray(this.head));
    return Buffer.concat([head, body]).subarray(0, MAX_INPUT_BYTES);
  }

  private body(body: Buffer, other: Buffer): Buffer {
    const { random } = this;
    const { kind } = this.target;
    if (kind === 'json' && !random.oneIn(4)) {
      const json = mutateJson(body, random, this.words);
      if (json !== undefined && json.length <= MAX_INPUT_BYTES) return json;
    }
    if (kind === 'text' && !random.oneIn(4)) {
      let text = body.toString('utf8');
      for (let left = random.few(4); left > 0; left--) {
        text = changedText(text, random, random.pick(this.words) ?? '');
      }
      return Buffer.from(text);
    }
    return mutateBytes(body, random, this.wordBytes, other);
  }
}
