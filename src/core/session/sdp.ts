import { errors, type BeelineError } from '../errors';
import { MAX_SDP_LENGTH } from '../wire/signalFrames';

/**
 * Looks at a description before it goes to a peer connection, and before one of ours goes out: its
 * certificate has to be pinned, by one SHA-256 that holds for all of it. A description comes sealed
 * from the other side, so what this keeps away is a fingerprint that is missing, weak or ambiguous.
 *
 * A rejected section (port 0) has no connection, and needs none.
 * @returns the fingerprint, 64 lower-case hex digits
 * @throws PROTOCOL
 */
export function checkSdp(sdp: string): string {
  if (sdp.length > MAX_SDP_LENGTH) throw refused('is too long');
  // No peer of ours writes anything else; what looks like the end of a line to one reader and not
  // to another could hide an attribute.
  if (!/^(?:[\t\x20-\x7e]*\r?\n)*[\t\x20-\x7e]*$/.test(sdp)) {
    throw refused('has characters that it cannot have');
  }
  const found = new Set<string>();
  const [session = [], ...media] = sections(sdp);
  const isPinned = pin(session, found);
  for (const section of media) {
    if (!pin(section, found) && !isPinned && !isRejected(section)) {
      throw refused('has a part without a fingerprint');
    }
  }
  const [fingerprint, another] = found;
  if (fingerprint === undefined) throw refused('has no fingerprint');
  if (another !== undefined) throw refused('has more than one fingerprint');
  return fingerprint;
}

const FINGERPRINT = /^a=fingerprint:sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/i;
/** Whatever some reader might take for one. */
const LIKE_FINGERPRINT = /^\s*a\s*=\s*fingerprint/i;

/** Lines of what comes before the first `m=`, then of each section from its `m=` on. */
function sections(sdp: string): string[][] {
  const all: string[][] = [[]];
  for (const line of sdp.split(/\r?\n/)) {
    if (/^\s*m\s*=/i.test(line)) all.push([]);
    all.at(-1)?.push(line);
  }
  return all;
}

/** Adds the fingerprints of these lines. @returns whether there is one @throws PROTOCOL */
function pin(lines: readonly string[], found: Set<string>): boolean {
  const pins = lines.filter((line) => LIKE_FINGERPRINT.test(line));
  for (const line of pins) {
    const digits = FINGERPRINT.exec(line)?.[1];
    if (digits === undefined) throw refused('has a fingerprint that is no SHA-256');
    found.add(digits.replaceAll(':', '').toLowerCase());
  }
  return pins.length > 0;
}

function isRejected([first = '']: readonly string[]): boolean {
  return /^m=\S+ 0(?:\/\d+)? /.test(first);
}

function refused(why: string): BeelineError {
  return errors.protocol(`a description of a connection that ${why}`);
}
