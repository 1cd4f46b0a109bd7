import { errors } from '../../errors';
import type { Transfer } from '../../events';
import type { Answered, AnsweredOffers } from '../../identity/answeredOffers';
import type { Manifest } from '../../transfer/manifest';
import type { SendingTree } from '../../transfer/sendingTree';
import { openSourceTree } from '../../transfer/source/openSourceTree';
import { isTaken, type EngineShared } from '../engineShared';
import { clearStaging } from './clearStaging';
import { dropManifest, keptManifest } from './keptManifests';
import type { LinkKeeper } from './linkKeeper';
import { runPairedIncoming } from './pairedIncoming';
import { runPairedOutgoing } from './pairedOutgoing';
import {
  describeRecord,
  movedTo,
  readPairedIncoming,
  readPairedOutgoing,
  type PairedIncoming,
  type PairedOutgoing,
} from './pairedRecords';
import type { PlacedHere } from './placedHere';
import { Resumption } from './resumption';
import type { PairedAgent, Roster } from './roster';
import type { ServedOffers } from './servedOffers';
import { Turnstile } from './turnstile';

/**
 * Transfers that one agent may send us at once; the others wait their turn. A link has room for 64
 * channels, and each costs memory for what is on its way.
 */
const MAX_AT_ONCE = 8;

export interface PairedTransfersParts {
  readonly shared: EngineShared;
  readonly roster: Roster;
  readonly answered: AnsweredOffers;
  readonly keeper: () => LinkKeeper;
  readonly served: ServedOffers;
  readonly placed: PlacedHere;
  /** Tells an agent over the link what became of its offer. */
  readonly tell: (decided: Answered, agent: PairedAgent) => void;
}

/** The transfers between paired agents that run: begun here, or left by the engine before. */
export class PairedTransfers {
  /** Incoming ones, so that a task that comes late, or their person, finds them. */
  private readonly receiving = new Map<string, Incoming>();
  private readonly turnstile = new Turnstile(MAX_AT_ONCE);
  private readonly targets = new Turnstile(1);

  constructor(private readonly parts: PairedTransfersParts) {}

  /** The task of an incoming transfer became known, by an offer that this agent signed. */
  learned(transferId: string, kid: string, taskId: number): void {
    this.receiving.get(transferId)?.learned(kid, taskId);
  }

  /** The person has mended what a transfer waits for. */
  resume(transferId: string): void {
    this.receiving.get(transferId)?.resumption.wake();
    this.parts.served.tellAgain(transferId);
  }

  /** Its sender offers again over the link what is running here. */
  offeredAgain(transferId: string, kid: string): void {
    const incoming = this.receiving.get(transferId);
    if (incoming?.record.agent.kid === kid) incoming.resumption.nudge();
  }

  /** Its sender has ended it: what waits for something to be mended waits in vain. */
  withdrawn(transferId: string, kid: string): void {
    const incoming = this.receiving.get(transferId);
    if (incoming?.record.agent.kid !== kid) return;
    incoming.resumption.end(errors.offerWithdrawn(incoming.record.peerId));
  }

  /** Transfers of this agent that wait for something to be mended, and would not hear of their end. */
  waitingOf(kid: string): string[] {
    return [...this.receiving]
      .filter(([, { record, resumption }]) => record.agent.kid === kid && resumption.isWaiting)
      .map(([transferId]) => transferId);
  }

  /** Transfers that are rounds of this sync. */
  roundsOf(syncId: string): string[] {
    return [...this.receiving].filter(([, { sync }]) => sync === syncId).map(([id]) => id);
  }

  /** Where what arrives is kept until it is whole. */
  stagings(): string[] {
    return [...this.receiving.values()].flatMap(({ record }) => record.staging ?? []);
  }

  /** Goes on with what the journals hold, whichever service it began at. */
  async goOn(): Promise<void> {
    const { shared, roster } = this.parts;
    const { place } = shared.connection();
    for (const entry of await shared.home.readAll('outgoing')) {
      const record = readPairedOutgoing(entry);
      if (record === undefined || isTaken(shared, record.transferId)) continue;
      const agent = roster.find(record.agent.kid);
      if (agent?.entry.blocked === false) this.send(movedTo(place, record), agent);
      else {
        await dropManifest(shared.home, record.transferId);
        await shared.home.remove('outgoing', record.transferId);
      }
    }
    for (const entry of await shared.home.readAll('incoming')) {
      const record = readPairedIncoming(entry);
      if (record === undefined || isTaken(shared, record.transferId)) continue;
      const agent = roster.find(record.agent.kid);
      if (agent?.entry.blocked === false) this.receive(movedTo(place, record), agent);
      else {
        await clearStaging(record, shared.log);
        await shared.home.remove('incoming', record.transferId);
      }
    }
  }

  /** Runs an offer of ours, journaled before. @param manifest its list, where it is at hand */
  send(record: PairedOutgoing, agent: PairedAgent, manifest?: Manifest): void {
    const { shared, served } = this.parts;
    const connection = shared.connection();
    connection.watchChannel(record.channel);
    const transfer: Transfer = {
      ...describeRecord(record),
      direction: 'send',
      state: { kind: 'waiting', expiresAt: record.expiresAt },
    };
    const { timeoutMs } = shared.settings();
    let opened: Promise<SendingTree> | undefined;
    const open = async (): Promise<SendingTree> =>
      openSourceTree({
        manifest: manifest ?? (await keptManifest(shared.home, record)),
        roots: record.sources,
      });
    // One for all who ask, so that what was hashed for one is known to the next.
    const tree = (): Promise<SendingTree> => (opened ??= open());
    shared.running.launch(connection, transfer, 'outgoing', timeoutMs, (context) =>
      runPairedOutgoing(context, record, { served, agent, tree }),
    );
  }

  /** Runs an accepted offer, journaled before. */
  receive(record: PairedIncoming, agent: PairedAgent): void {
    const { shared, keeper, answered, tell, placed } = this.parts;
    const transfer: Transfer = {
      ...describeRecord(record),
      direction: 'receive',
      state: { kind: 'connecting', again: false },
    };
    const { timeoutMs } = shared.settings();
    const connection = shared.connection();
    const resumption = new Resumption();
    shared.running.launch(connection, transfer, 'incoming', timeoutMs, async (context) => {
      this.receiving.set(record.transferId, {
        record,
        resumption,
        sync: record.sync?.id,
        learned: (kid, taskId) => {
          // The number of another service's task, or of another agent's that took this id.
          if (kid !== agent.entry.kid || connection !== shared.connection()) return;
          record.taskId ??= taskId;
          context.posted(record.taskId);
        },
      });
      try {
        return await runPairedIncoming(context, record, {
          keeper: keeper(),
          turnstile: this.turnstile,
          targets: this.targets,
          resumption,
          placed,
          agent,
          answered,
          tell: ({ transferId }) => {
            const decided = answered.find(agent.entry.kid, transferId);
            // The link has said that it was received; the task is written by the transfer itself.
            if (decided !== undefined) tell(decided, agent);
          },
        });
      } finally {
        this.receiving.delete(record.transferId);
      }
    });
  }
}

interface Incoming {
  readonly record: PairedIncoming;
  readonly resumption: Resumption;
  readonly sync: string | undefined;
  readonly learned: (kid: string, taskId: number) => void;
}
