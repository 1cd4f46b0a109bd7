import * as v from 'valibot';
import type { Grant } from '../../events';
import type { Home } from '../../home/home';
import { hexId } from '../../wire/shapes';

const stored = v.object({
  version: v.literal(1),
  grantId: hexId,
  agent: v.object({ kid: v.string(), name: v.string(), fingerprint: v.string() }),
  name: v.string(),
  path: v.string(),
  mayDelete: v.boolean(),
  since: v.string(),
});

/**
 * The folders here that paired agents may keep in step with theirs. The id is the agent's choice, so
 * a grant is always looked up with the identity that proved to be it.
 */
export class Grants {
  private readonly grants = new Map<string, Grant>();

  private constructor(private readonly home: Home) {}

  /** @throws HOME_UNUSABLE */
  static async open(home: Home): Promise<Grants> {
    const grants = new Grants(home);
    for (const record of await home.readAll('grants')) {
      const parsed = v.safeParse(stored, record);
      if (!parsed.success) continue;
      const { version: _, ...grant } = parsed.output;
      grants.grants.set(keyOf(grant.agent.kid, grant.grantId), grant);
    }
    return grants;
  }

  /** Oldest first. */
  list(): Grant[] {
    return [...this.grants.values()].sort((a, b) => a.since.localeCompare(b.since));
  }

  find(kid: string, grantId: string): Grant | undefined {
    return this.grants.get(keyOf(kid, grantId));
  }

  /** @throws HOME_UNUSABLE */
  async put(grant: Grant): Promise<void> {
    const key = keyOf(grant.agent.kid, grant.grantId);
    this.grants.set(key, grant);
    await this.home.write('grants', key, { version: 1, ...grant });
  }

  /** Whoever has it: two agents that chose the same id lose both. @throws HOME_UNUSABLE */
  async revoke(grantId: string): Promise<boolean> {
    return this.drop((grant) => grant.grantId === grantId);
  }

  /** Everything that an agent was granted. @throws HOME_UNUSABLE */
  async forget(kid: string): Promise<boolean> {
    return this.drop(({ agent }) => agent.kid === kid);
  }

  /** Whether there was any. */
  private async drop(which: (grant: Grant) => boolean): Promise<boolean> {
    const dropped = [...this.grants].filter(([, grant]) => which(grant));
    // None of them counts any more, whatever the disk says.
    for (const [key] of dropped) this.grants.delete(key);
    for (const [key] of dropped) await this.home.remove('grants', key);
    return dropped.length > 0;
  }
}

function keyOf(kid: string, grantId: string): string {
  return `${kid}-${grantId}`;
}
