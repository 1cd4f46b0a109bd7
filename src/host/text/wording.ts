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
