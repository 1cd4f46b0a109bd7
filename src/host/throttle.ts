import type { Closable } from './disposables';

export interface Throttled extends Closable {
  /** Runs now, or, soon after the last run, once the time is up; many calls become one. */
  call(): void;
  dispose(): void;
}

/** Keeps what is cheap to ask for and costly to do from running more often than every `ms`. */
export function throttle(run: () => void, ms: number): Throttled {
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  let ended = false;
  const start = () => {
    again = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (again) start();
    }, ms);
    run();
  };
  return {
    call() {
      if (ended) return;
      if (timer === undefined) start();
      else again = true;
    },
    dispose() {
      ended = true;
      clearTimeout(timer);
    },
  };
}
