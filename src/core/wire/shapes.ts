import * as v from 'valibot';

/** What looks the same wherever it comes in, from the network, a task, a page or the disk. */

/** 16 bytes as 32 lower-case hex digits: of a transfer, message, session or peer. */
export const hexId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
/** 32 bytes as 64 lower-case hex digits: a key id, a key, a hash or a MAC. */
export const hex32 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const MAX_LINE = 100_000_000;
const place = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_LINE));

/** Where a piece of code stands, from 1. */
export const codeRange = v.object({
  startLine: place,
  startCharacter: place,
  endLine: place,
  endCharacter: place,
});
/** As editors name languages. */
export const codeLanguage = v.pipe(v.string(), v.regex(/^[\w.+#-]{1,64}$/));

/** What one side of a call shows just now. */
export const shownMedia = v.object({ audio: v.boolean(), video: v.boolean(), screen: v.boolean() });
