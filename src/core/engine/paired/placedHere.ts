import { toBeelineError } from '../../errors';
import { packLedger, rootOf, unpackLedger, type Ledger } from '../../receivefs/tree/ledger';
import type { Grants } from './grants';
import type { PairedIncoming } from './pairedRecords';
import { MAX_OTHER_ROOTS, type Received, type ReceivedRoot } from './received';
import type { Roster } from './roster';

export interface PlacedHereParts {
  readonly received: Received;
  readonly grants: Grants;
  readonly roster: Roster;
  readonly grantsChanged: () => void;
  readonly log: (line: string) => void;
}

/** What is remembered of a transfer once it is in place: how it lay there, and who may keep it so. */
export class PlacedHere {
  constructor(private readonly parts: PlacedHereParts) {}

  /** What the agent sent before: to the folder that is brought up to date, or under that name. */
  async basis({ agent, update, fileName }: PairedIncoming): Promise<Ledger | undefined> {
    const { received } = this.parts;
    const targets =
      update === undefined
        ? received.named(agent.kid, fileName).map(({ target }) => target)
        : [update.target];
    for (const target of targets) {
      const packed = await received.ledger(agent.kid, target);
      const ledger = packed === undefined ? undefined : await unpackLedger(packed);
      if (ledger?.kid !== agent.kid) continue;
      return update === undefined ? ledger : onlyAt(ledger, target);
    }
    return undefined;
  }

  /** Never rejects: what is in place stays. */
  async remember(record: PairedIncoming, ledger: Ledger): Promise<void> {
    const { received, grants, roster, log, grantsChanged } = this.parts;
    const { agent, sync } = record;
    const [root, ...others] = rootsIn(ledger);
    // Blocked or removed meanwhile: nothing of it is compared with or granted any more.
    if (root === undefined || roster.find(agent.kid)?.entry.blocked !== false) return;
    const { kid } = agent;
    const target = {
      ...{ kid, ...root, name: record.fileName },
      ...(others.length > 0 && { others: others.slice(0, MAX_OTHER_ROOTS) }),
    };
    try {
      const granted = new Set(grants.list().map((grant) => `${grant.agent.kid} ${grant.path}`));
      await received.remember(target, await packLedger(ledger), (one) =>
        granted.has(`${one.kid} ${one.target}`),
      );
      if (sync === undefined || record.grants === undefined) return;
      const { mayDelete, since: under } = record.grants;
      const known = grants.find(kid, sync.id);
      // Taken back while this round was on its way: it must not come back with it.
      if (under !== undefined && known?.since !== under) return;
      const since = known?.since ?? new Date().toISOString();
      const name = record.fileName;
      await grants.put({ grantId: sync.id, agent, name, path: root.target, mayDelete, since });
      grantsChanged();
    } catch (thrown) {
      log(toBeelineError(thrown).message);
    }
  }
}

function rootsIn({ roots, entries }: Ledger): ReceivedRoot[] {
  const folders = new Set(entries.filter(({ kind }) => kind === 'folder').map((one) => one.path));
  return roots.map(({ name, path }) => ({ name, target: path, isFolder: folders.has(name) }));
}

/** What came beside a folder stays out of bringing that folder up to date. */
function onlyAt(ledger: Ledger, target: string): Ledger | undefined {
  const root = ledger.roots.find(({ path }) => path === target);
  if (root === undefined) return undefined;
  const entries = ledger.entries.filter((entry) => rootOf(entry.path) === root.name);
  return { ...ledger, name: root.name, roots: [root], entries };
}
