const unitNames = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Decimal units, as file managers show them: `1 byte`, `12.3 MB`. */
export function bytesText(bytes: number): string {
  if (bytes === 1) return '1 byte';
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < unitNames.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${unitNames[unit] ?? ''}`;
}

export function rateText(bytesPerSecond: number): string {
  return `${bytesText(Math.round(bytesPerSecond))}/s`;
}

/** Milliseconds, rounded the way people say them: nobody needs the seconds of an hour. */
export function timeLeftText(milliseconds: number): string {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  if (seconds < 60) return `${String(seconds)} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min left`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min left`;
}

/** Whole percents; a file without bytes is there at once. */
export function percentOf(bytes: number, total: number): number {
  return total <= 0 ? 100 : Math.min(100, Math.floor((bytes / total) * 100));
}

/** `1 file`, `3 files`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}
