import { MultiBar } from 'cli-progress';
import { displayText } from './displayText';
import type { LineSink, ProgressReport, Report, Reporter } from './report';
import { sentenceOf } from './sentence';
import { bytesText, percentOf, rateText } from '../../core/units';
import { durationText } from './durationText';

/** Characters of a name beside its bar, so that everything fits into 80 columns. */
const NAME_WIDTH = 20;
const BAR_WIDTH = 16;
/** Redraws a second; the engine tells progress at most ten times a second. */
const FPS = 8;

type Bar = ReturnType<MultiBar['create']>;

/** One bar for each running transfer, with finished lines scrolling above them. */
export class BarReporter implements Reporter {
  readonly #running = new Map<string, { last: ProgressReport; bar: Bar | undefined }>();
  #bars: MultiBar | undefined;
  #waiting: string[] | undefined;

  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly err: LineSink,
  ) {}

  tell(report: Report): void {
    if (report.event === 'progress') {
      const bar = this.#running.get(report.transferId)?.bar;
      this.#running.set(report.transferId, { last: report, bar });
      bar?.update(report.bytes, payloadOf(report));
      if (bar === undefined) this.#draw();
      return;
    }
    if (
      report.event === 'completed' ||
      report.event === 'failed' ||
      report.event === 'interrupted'
    ) {
      this.#clear();
      if (report.transferId !== undefined) this.#running.delete(report.transferId);
    }
    this.#line(sentenceOf(report), report.event === 'failed' || report.event === 'error');
  }

  note(text: string): void {
    this.#line(text, true);
  }

  suspend(): void {
    this.#clear();
    this.#waiting ??= [];
  }

  resume(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const line of waiting) this.out.write(`${line}\n`);
    this.#draw();
  }

  close(): void {
    this.#running.clear();
    this.resume();
  }

  #line(text: string, diagnostic: boolean): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(text);
      return;
    }
    // Bars are taken off for the moment, so that a line never lands in the middle of one.
    this.#clear();
    if (diagnostic) this.err.line(text);
    else this.out.write(`${text}\n`);
    this.#draw();
  }

  #draw(): void {
    if (this.#waiting !== undefined || this.#running.size === 0) return;
    this.#bars ??= new MultiBar({
      stream: this.out,
      format: '{name} [{bar}] {percent} {size} {rate} {left}',
      barsize: BAR_WIDTH,
      fps: FPS,
      hideCursor: true,
      clearOnComplete: true,
      emptyOnZero: true,
    });
    for (const entry of this.#running.values()) {
      entry.bar ??= this.#bars.create(entry.last.total, entry.last.bytes, payloadOf(entry.last));
    }
  }

  #clear(): void {
    this.#bars?.stop();
    this.#bars = undefined;
    for (const entry of this.#running.values()) entry.bar = undefined;
  }
}

function payloadOf(report: ProgressReport): Record<string, string> {
  return {
    name: displayText(report.fileName, NAME_WIDTH),
    percent: `${String(percentOf(report.bytes, report.total)).padStart(3)} %`,
    size: `${bytesText(report.bytes)}/${bytesText(report.total)}`,
    // At the end nothing moves any more, and that is no slowness.
    rate: report.rate === 0 && report.bytes >= report.total ? '' : rateText(report.rate),
    left: report.timeLeft === undefined ? '' : `${durationText(report.timeLeft)} left`,
  };
}
