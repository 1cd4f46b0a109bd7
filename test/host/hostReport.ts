/** Begins every line that the suite in the extension host prints for whoever started the editor. */
export const REPORT_MARK = '[host tests] ';

/** The last of these lines, as JSON. */
export interface HostTestsResult {
  readonly event: 'hostTests';
  readonly passes: number;
  readonly failures: number;
  readonly pending: number;
}

/** A line of the suite's report as text, its result, or undefined when the editor printed it. */
export function readReport(line: string): string | HostTestsResult | undefined {
  if (!line.startsWith(REPORT_MARK)) return undefined;
  const text = line.slice(REPORT_MARK.length);
  return text.startsWith('{"event":"hostTests"') ? (JSON.parse(text) as HostTestsResult) : text;
}
