import * as v from 'valibot';
import type { HubInfo } from '../ats/types';
import { toBeelineError } from '../errors';
import type { Home } from '../home/home';

/** Hubs remembered; more than anybody changes between. */
const MAX_HUBS = 16;

const info = v.object({
  ats: v.string(),
  bootstrap: v.array(v.string()),
  relay: v.optional(v.object({ key: v.string(), path: v.string() })),
});
const stored = v.object({ version: v.literal(1), hubs: v.record(v.string(), info) });

/**
 * What each hub last said of its network, so that paired agents find each other also when an engine
 * starts while the hub's task service is down.
 */
export class HubMemory {
  private writing = Promise.resolve();

  constructor(
    private readonly home: Home,
    private readonly log: (line: string) => void,
  ) {}

  async recall(url: string): Promise<HubInfo | undefined> {
    return (await this.read())[url];
  }

  /** Never rejects: it is a convenience. One at a time, because each writes what all have said. */
  remember(url: string, said: HubInfo): Promise<void> {
    this.writing = this.writing.then(() => this.write(url, said));
    return this.writing;
  }

  /** Resolves when nothing is being written any more. */
  flush(): Promise<void> {
    return this.writing;
  }

  private async write(url: string, said: HubInfo): Promise<void> {
    try {
      const hubs = await this.read();
      if (JSON.stringify(hubs[url]) === JSON.stringify(said)) return;
      const others = Object.entries(hubs).filter(([other]) => other !== url);
      const kept = Object.fromEntries([[url, said], ...others.slice(0, MAX_HUBS - 1)]);
      await this.home.write('settings', 'hubs', { version: 1, hubs: kept });
    } catch (thrown) {
      this.log(toBeelineError(thrown).message);
    }
  }

  private async read(): Promise<Record<string, HubInfo>> {
    const parsed = v.safeParse(stored, await this.home.read('settings', 'hubs'));
    return parsed.success ? parsed.output.hubs : {};
  }
}
