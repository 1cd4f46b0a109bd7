import { durationText } from './durationText';

/** Milliseconds between two redraws; seconds are what is shown. */
const REDRAW_MS = 1000;
/** Carriage return, and: erase to the end of the line. */
const TO_START = '\r\u001b[K';

/** The time an invite has left, redrawn on one line of a terminal; elsewhere nothing. */
export class ExpiryLine {
  #timer: NodeJS.Timeout | undefined;

  /** @param terminal undefined where nobody would see it move */
  constructor(private readonly terminal: NodeJS.WriteStream | undefined) {}

  show(expiresAt: string): void {
    if (this.terminal === undefined) return;
    const draw = (): void => {
      const left = Math.max(0, Date.parse(expiresAt) - Date.now());
      this.terminal?.write(`${TO_START}Waiting for the other side, ${durationText(left)} left`);
    };
    draw();
    this.#timer = setInterval(draw, REDRAW_MS);
  }

  /** Gives the line back. May be called again. */
  clear(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.terminal?.write(TO_START);
  }
}
