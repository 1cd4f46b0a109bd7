import { jsonLine } from './displayText';
import type { LineSink, Report, Reporter } from './report';

/** One object a line, and nothing else, on stdout; remarks go to stderr. */
export class JsonReporter implements Reporter {
  constructor(
    private readonly out: LineSink,
    private readonly err: LineSink,
  ) {}

  tell(report: Report): void {
    this.out.line(jsonLine(report));
  }

  note(text: string): void {
    this.err.line(text);
  }

  // Questions are asked on stderr, which leaves stdout to the reader's parser.
  suspend(): void {
    return;
  }
  resume(): void {
    return;
  }
  close(): void {
    return;
  }
}
