import * as v from 'valibot';
import type { Home } from '../home/home';

/** Actors remembered per service: enough for a team, bounded because strangers add to it. */
const MAX_KNOWN = 500;

const stored = v.object({
  version: v.literal(1),
  services: v.record(
    v.string(),
    v.object({ known: v.array(v.string()), blocked: v.array(v.string()) }),
  ),
});

type Stored = v.InferOutput<typeof stored>;

/**
 * Whom we had to do with, and whom we do not want to hear from. Kept per task service, because the
 * same id at another service is somebody else.
 */
export class Peers {
  private constructor(
    private readonly home: Home,
    private content: Stored,
  ) {}

  static async open(home: Home): Promise<Peers> {
    const parsed = v.safeParse(stored, await home.read('settings', 'peers'));
    return new Peers(home, parsed.success ? parsed.output : { version: 1, services: {} });
  }

  isKnown(service: string, actorId: string): boolean {
    return this.at(service).known.includes(actorId);
  }

  blocked(service: string): readonly string[] {
    return this.at(service).blocked;
  }

  async remember(service: string, actorId: string): Promise<void> {
    const { known, blocked } = this.at(service);
    if (known.includes(actorId)) return;
    await this.keep(service, { known: [actorId, ...known].slice(0, MAX_KNOWN), blocked });
  }

  async block(service: string, actorId: string, block: boolean): Promise<void> {
    const { known, blocked } = this.at(service);
    const others = blocked.filter((id) => id !== actorId);
    await this.keep(service, { known, blocked: block ? [actorId, ...others] : others });
  }

  private at(service: string): { known: string[]; blocked: string[] } {
    return this.content.services[service] ?? { known: [], blocked: [] };
  }

  private async keep(
    service: string,
    entry: { known: string[]; blocked: string[] },
  ): Promise<void> {
    this.content = {
      ...this.content,
      services: { ...this.content.services, [service]: entry },
    };
    await this.home.write('settings', 'peers', this.content);
  }
}
