import { MAX_MODE, MAX_MTIME_MS } from './v2Entry';
import { type Codec, uint } from './v2Fields';
import { head, word } from './v2Record';

/** How the sender begins a file, where that is not simply the whole of what the manifest says. */
export type FileHead =
  /** Whole, but in another state than the manifest says; or anew, since it changed while it was read. */
  | { readonly how: 'whole'; readonly index: number; readonly state: SentState }
  /** Goes on behind a mark of the plan. */
  | {
      readonly how: 'from';
      readonly index: number;
      readonly state: SentState;
      readonly offset: number;
    }
  /** What the plan has is what the sender has: no byte follows, and no `fileEnd`. */
  | { readonly how: 'same'; readonly index: number; readonly state: SentState }
  /** What the plan has of it is `copy`ed, and only the rest comes as `data`. */
  | { readonly how: 'blocks'; readonly index: number; readonly state: SentState }
  /** There is no such file any more: no byte follows, and no `fileEnd`. */
  | { readonly how: 'gone'; readonly index: number };

/** A file as it is when it is sent. */
export interface SentState {
  /** Bytes. */
  readonly size: number;
  /** Permission bits, at most 0o777. */
  readonly mode: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
}

/**
 * Times that one file is begun: more often it changes faster than it can be read, and who begins it
 * once more only keeps the other side busy.
 */
export const MAX_TRIES = 3;

/** `how u8, index uint`, then unless it is gone `size, mode, mtime uint`, then `offset uint` of from. */
export const fileHeadCodec: Codec<FileHead> = {
  preencode(state, value) {
    head.preencode(state, undefined);
    how.preencode(state, value.how);
    uint.preencode(state, value.index);
    if (value.how !== 'gone') sentState.preencode(state, value.state);
    if (value.how === 'from') uint.preencode(state, value.offset);
  },
  encode(state, value) {
    head.encode(state, undefined);
    how.encode(state, value.how);
    uint.encode(state, value.index);
    if (value.how !== 'gone') sentState.encode(state, value.state);
    if (value.how === 'from') uint.encode(state, value.offset);
  },
  decode(state) {
    head.decode(state);
    const kind = how.decode(state);
    const index = uint.decode(state);
    if (kind === 'gone') return { how: kind, index };
    const sent = sentState.decode(state);
    if (kind !== 'from') return { how: kind, index, state: sent };
    const offset = uint.decode(state);
    if (offset === 0) throw new Error('going on from nothing');
    if (offset > sent.size) throw new Error(`going on behind the end, at ${offset}`);
    return { how: kind, index, state: sent, offset };
  },
};

const how = word(['whole', 'from', 'same', 'blocks', 'gone']);

const sentState: Codec<SentState> = {
  preencode(state, { size, mode, mtime }) {
    uint.preencode(state, size);
    uint.preencode(state, mode);
    uint.preencode(state, mtime);
  },
  encode(state, { size, mode, mtime }) {
    uint.encode(state, size);
    uint.encode(state, mode);
    uint.encode(state, mtime);
  },
  decode(state) {
    const size = uint.decode(state);
    const mode = uint.decode(state);
    const mtime = uint.decode(state);
    if (mode > MAX_MODE) throw new Error(`the mode ${mode}`);
    if (mtime > MAX_MTIME_MS) throw new Error(`the time ${mtime}`);
    return { size, mode, mtime };
  },
};
