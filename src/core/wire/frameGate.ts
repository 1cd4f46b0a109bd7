import c from 'compact-encoding';

/** Bytes of one message. Chunks are far smaller; a page of a manifest has room. */
export const MESSAGE_BYTES = 1024 * 1024;
/** A message and what Protomux puts around it. */
const FRAME_BYTES = MESSAGE_BYTES + 64;

/** Bytes of the name of a protocol; ours are shorter. */
const PROTOCOL_BYTES = 64;
/** Bytes of the id of a channel. */
export const ID_BYTES = 32;

/** Control messages of Protomux: on channel 0. Batches are not among those that we send or take. */
const OPEN = 1;
const REJECT = 2;
const CLOSE = 3;

/**
 * The stream as Protomux is given it: without frames that a peer of ours never sends.
 *
 * Protomux decodes batches within batches by recursion, and hands errors that look like mistakes of
 * the program, such as a stack that is too deep, to the process, which ends of them. So what it is
 * fed has to be well-formed beforehand.
 * @param onRefused told of the first such frame; nothing after it passes
 */
export function gated<S extends FrameStream>(stream: S, onRefused: (what: string) => void): S {
  let isClosed = false;
  const pass =
    (listener: (frame: Uint8Array) => void) =>
    (frame: Uint8Array): void => {
      if (isClosed) return;
      const wrong = whatIsWrong(frame);
      if (wrong === undefined) {
        listener(frame);
        return;
      }
      isClosed = true;
      onRefused(wrong);
    };
  return new Proxy(stream, {
    get(target, property) {
      if (property === 'on') {
        return (name: string, listener: (frame: Uint8Array) => void): unknown =>
          target.on(name, name === 'data' ? pass(listener) : listener);
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function'
        ? (value as (...args: unknown[]) => unknown).bind(target)
        : value;
    },
    set: (target, property, value) => Reflect.set(target, property, value, target),
  });
}

/** A Noise stream, as far as this looks at it. */
export interface FrameStream {
  on(name: string, listener: (frame: Uint8Array) => void): unknown;
}

/** Undefined for a frame that Protomux may see. */
function whatIsWrong(frame: Uint8Array): string | undefined {
  if (frame.length > FRAME_BYTES) return 'a message that is too long';
  // Protomux takes it for a sign of life.
  if (frame.length === 0) return undefined;
  const state = { start: 0, end: frame.length, buffer: frame };
  try {
    const channel = c.uint.decode(state);
    const type = c.uint.decode(state);
    if (channel !== 0) return undefined;
    const number = type === OPEN || type === REJECT || type === CLOSE ? c.uint.decode(state) : 0;
    if (number === 0) return 'a control message that is none';
    if (type !== OPEN)
      return state.start === state.end ? undefined : 'a control message that is none';
    if (c.string.decode(state).length > PROTOCOL_BYTES) return 'the name of a protocol is too long';
    const id = c.optionalBuffer.decode(state);
    if (id !== null && id.length > ID_BYTES) return 'the id of a channel is too long';
    return state.start === state.end ? undefined : 'a control message that is none';
  } catch {
    return 'a frame that cannot be read';
  }
}
