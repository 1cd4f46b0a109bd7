import {
  clearScreenDown,
  createInterface,
  cursorTo,
  moveCursor,
  type Interface,
} from 'node:readline';
import { typingText } from '../output/chatSentence';
import { LineReporter } from '../output/lineReporter';
import type { Report, Reporter } from '../output/report';
import type { Session } from '../session';

/** Milliseconds in which marks are gathered, so that *delivered* and *read* at once are one line. */
const MARKS_MS = 400;
const PROMPT = '> ';

/** A conversation on a terminal: what comes scrolls above the line that is being typed. */
export class ScreenReporter implements Reporter {
  readonly lines: Interface;
  /** Resolves when the person has ended the input (Ctrl-D). */
  readonly closed: Promise<void>;
  readonly #plain: LineReporter;
  #mark: { readonly report: Report; readonly timer: NodeJS.Timeout } | undefined;
  #way = '';
  /** Lines that were typed before anybody took them. */
  #early: string[] | undefined = [];
  #isOpen = true;

  constructor(private readonly session: Session) {
    const { stdin: input, stdout: output } = session;
    this.lines = createInterface({
      input,
      output,
      terminal: true,
      prompt: PROMPT,
      historySize: 100,
    });
    this.closed = new Promise((resolve) => {
      this.lines.once('close', () => {
        this.#isOpen = false;
        resolve();
      });
    });
    // In raw mode Ctrl-C is a key, not a signal.
    this.lines.on('SIGINT', () => {
      session.interruption.interrupt('SIGINT');
    });
    this.lines.on('line', (line) => this.#early?.push(line));
    const sink = {
      line: (text: string): void => {
        this.#above(text);
      },
    };
    this.#plain = new LineReporter(sink, sink);
  }

  tell(report: Report): void {
    const { event } = report;
    if (event === 'typing') {
      this.#showTyping(report.typing ? `${typingText(report.from, true)}\n` : '');
    } else if (event === 'delivered' || event === 'read') {
      this.#showMark(report);
    } else if (event === 'connected') {
      // What carries the messages is nothing to a person, as long as the way stays as it is.
      if (this.#way !== report.path) this.#plain.tell(report);
      this.#way = report.path;
    } else if (event !== 'queued' && event !== 'sent') {
      // Those stand on the screen already, as they were typed.
      if (event === 'offline') this.#way = '';
      this.#plain.tell(report);
    }
  }

  /** Gives each line that is typed, from the first one on. */
  onLine(listener: (line: string) => void): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    this.lines.on('line', listener);
    for (const line of early) listener(line);
  }

  note(text: string): void {
    this.#above(text);
  }

  suspend(): void {
    this.#plain.suspend();
  }

  resume(): void {
    this.#plain.resume();
  }

  close(): void {
    clearTimeout(this.#mark?.timer);
    if (!this.#isOpen) return;
    this.#clearInput();
    this.lines.close();
  }

  #showMark(report: Report): void {
    clearTimeout(this.#mark?.timer);
    const timer = setTimeout(() => {
      this.#plain.tell(report);
    }, MARKS_MS);
    this.#mark = { report, timer };
  }

  #showTyping(status: string): void {
    if (!this.#isOpen) return;
    this.#redraw(() => {
      this.lines.setPrompt(`${status}${PROMPT}`);
    });
  }

  #above(text: string): void {
    if (!this.#isOpen) {
      this.session.stdout.write(`${text}\n`);
      return;
    }
    this.#redraw(() => {
      this.session.stdout.write(`${text}\n`);
    });
  }

  /** Takes the input line off the screen, and draws it again below what was written. */
  #redraw(write: () => void): void {
    const rows = this.#clearInput();
    write();
    // The line is drawn from as many rows above the cursor as it had before.
    this.session.stdout.write('\n'.repeat(rows));
    this.lines.prompt(true);
  }

  #clearInput(): number {
    const { stdout } = this.session;
    const { rows } = this.lines.getCursorPos();
    moveCursor(stdout, 0, -rows);
    cursorTo(stdout, 0);
    clearScreenDown(stdout);
    return rows;
  }
}
