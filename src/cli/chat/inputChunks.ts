/** Bytes of one line: a message of the largest size, every character of it escaped, and its JSON. */
const MAX_INPUT_LINE = 256 * 1024;

export interface InputLine {
  /** From 1. */
  readonly number: number;
  /** Undefined when it was longer than can be taken. */
  readonly text: string | undefined;
}

const NEWLINE = 0x0a;

/**
 * Lines of an input, of bounded length each. Nothing is read ahead while one is dealt with, so a
 * program that writes faster than is delivered has to wait.
 */
export async function* inputLines(
  input: AsyncIterable<Buffer | string>,
  max = MAX_INPUT_LINE,
): AsyncGenerator<InputLine, void, undefined> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let number = 0;
  const add = (part: Buffer): void => {
    bytes += part.length;
    if (bytes <= max) parts.push(part);
    else parts = [];
  };
  const finish = (): InputLine => {
    number += 1;
    const text = bytes > max ? undefined : Buffer.concat(parts).toString().replace(/\r$/, '');
    parts = [];
    bytes = 0;
    return { number, text };
  };
  for await (const chunk of input) {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      add(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      yield finish();
    }
    add(rest);
  }
  if (bytes > 0) yield finish();
}
