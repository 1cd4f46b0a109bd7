/**
 * The service's clock, read from what it sends and never compared with ours.
 *
 * PostgreSQL keeps microseconds and JavaScript's Date only milliseconds, so that two changes within
 * one millisecond would look like one. Microseconds since 1970 stay exact in a number until 2255.
 */

/** Microseconds since 1970, or undefined when the text is no ISO 8601 time. */
export function parseServiceTime(text: string): number | undefined {
  const match = SHAPE.exec(text);
  if (match === null) return undefined;
  const [, date = '', time = '', fraction = '', zone = 'Z'] = match;
  const milliseconds = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(milliseconds)) return undefined;
  const micros = Number(fraction.padEnd(6, '0').slice(0, 6));
  return milliseconds * 1000 + micros - zoneMinutes(zone) * 60_000_000;
}

/** ISO 8601 in UTC with six digits. The time must be one that `parseServiceTime` gave, or near it. */
export function formatServiceTime(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  const fraction = String(micros - seconds * 1_000_000).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** What JSON encoders and PostgreSQL itself write; a time without a zone is UTC. */
const SHAPE = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d(?::?\d\d)?)?$/i;

function zoneMinutes(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return zone.startsWith('-') ? -minutes : minutes;
}
