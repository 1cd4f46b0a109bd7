import type { LineSink, Report, Reporter } from './report';
import { sentenceOf } from './sentence';
import { percentOf } from '../../core/units';

/** Percents at which a log gets a line: enough to see that it moves, few enough to read. */
const STEPS = [75, 50, 25];

/** Plain lines, for pipes and logs. */
export class LineReporter implements Reporter {
  readonly #told = new Map<string, number>();
  #waiting: string[] | undefined;

  constructor(
    private readonly out: LineSink,
    private readonly err: LineSink,
  ) {}

  tell(report: Report): void {
    if (report.event === 'progress') {
      const percent = percentOf(report.bytes, report.total);
      const step = percent < 100 ? (STEPS.find((at) => percent >= at) ?? 0) : 0;
      if (step <= (this.#told.get(report.transferId) ?? 0)) return;
      this.#told.set(report.transferId, step);
    }
    if (report.event === 'failed') {
      this.err.line(sentenceOf(report));
      return;
    }
    const sentence = sentenceOf(report);
    if (this.#waiting === undefined) this.out.line(sentence);
    else this.#waiting.push(sentence);
  }

  note(text: string): void {
    this.err.line(text);
  }

  suspend(): void {
    this.#waiting ??= [];
  }

  resume(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const line of waiting) this.out.line(line);
  }

  close(): void {
    this.resume();
  }
}
