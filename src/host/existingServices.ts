import type { ServicePlace } from './profile';

export interface KnownService {
  readonly url: string;
  readonly description: string;
  readonly place?: ServicePlace;
  /** A folder that is open here says so, not the person. */
  readonly fromProject?: boolean;
}

/** Services that this person, or the open project, already configured for the task service. */
export function existingServices(): Promise<readonly KnownService[]> {
  return Promise.resolve([]);
}
