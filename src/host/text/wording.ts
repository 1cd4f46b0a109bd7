/** Milliseconds, rounded the way people say them: nobody needs the seconds of an hour. */
export function timeLeftText(milliseconds: number): string {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  if (seconds < 60) return `${String(seconds)} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min left`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min left`;
}

/** `1 file`, `3 files`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}

/** What is proven once all bytes are there: of an open peer the content, not the peer. */
export function verifiedText({ agent }: { readonly agent?: unknown }): string {
  return agent === undefined ? 'content verified' : 'verified';
}

/** How long ago something was, from milliseconds. A clock that was set back makes no future. */
export function agoText(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${String(minutes)} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${String(hours)} h ago`;
  return `${countText(Math.floor(hours / 24), 'day')} ago`;
}

/** Minutes and seconds that are left, as on a kitchen clock; nothing below zero. */
export function clockText(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

/** The day of an ISO 8601 time, in the order that no two countries read differently. */
export function dayText(iso: string): string {
  const time = Date.parse(iso);
  if (Number.isNaN(time)) return 'an unknown day';
  const day = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(day.getFullYear())}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
