import type { LineSink, Report, Reporter } from './report';
import { sentenceOf } from './sentence';
import { percentOf } from '../../core/units';

/** Percents at which a log gets a line: enough to see that it moves, few enough to read. */
const STEPS = [75, 50, 25];
/** Milliseconds that a transfer runs before its progress is worth a line. */
const SOON_OVER_MS = 2000;

/** Plain lines, for pipes and logs. */
export class LineReporter implements Reporter {
  readonly #told = new Map<string, number>();
  /** When each transfer began to move. */
  readonly #since = new Map<string, number>();
  #waiting: string[] | undefined;

  constructor(
    private readonly out: LineSink,
    private readonly err: LineSink,
    /** Milliseconds. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  tell(report: Report): void {
    if (report.event === 'progress') {
      if (this.#isSoonOver(report.transferId)) return;
      const percent = percentOf(report.bytes, report.total);
      const step = percent < 100 ? (STEPS.find((at) => percent >= at) ?? 0) : 0;
      if (step <= (this.#told.get(report.transferId) ?? 0)) return;
      this.#told.set(report.transferId, step);
    }
    if (report.event === 'failed' || report.event === 'error') {
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

  /** What ends at once has its end told, and nothing before. */
  #isSoonOver(transferId: string): boolean {
    const now = this.now();
    const since = this.#since.get(transferId) ?? now;
    this.#since.set(transferId, since);
    return now - since < SOON_OVER_MS;
  }
}
