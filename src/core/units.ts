/** Numbers as people read them, the same in the editor and in the terminal. Pure. */

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

/** `1 file`, `1,204 files`: the same everywhere, whatever the machine's language. */
export function countText(count: number, one: string, several = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : several}`;
}

/** Whole percents; a file without bytes is there at once. */
export function percentOf(bytes: number, total: number): number {
  return total <= 0 ? 100 : Math.min(100, Math.floor((bytes / total) * 100));
}
