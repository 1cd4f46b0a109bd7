import type { ServiceState } from '../core/events';
import { displayText } from './output/displayText';
import type { Reporter } from './output/report';

/** Says that the task service is away, and that it is back: why nobody is found is no riddle then. */
export class ServiceTeller {
  #told: string | undefined;

  constructor(private readonly reporter: Pick<Reporter, 'note'>) {}

  take(service: ServiceState): void {
    if (service.kind === 'online' && this.#told !== undefined) {
      this.#told = undefined;
      this.reporter.note('The task service is back.');
    }
    if (service.kind !== 'unreachable' || this.#told === service.error.message) return;
    this.#told = service.error.message;
    this.reporter.note(`${displayText(service.error.message, 600)} Trying again.`);
  }
}
