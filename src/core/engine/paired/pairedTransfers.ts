import { toBeelineError } from '../../errors';
import type { Transfer } from '../../events';
import type { Answered, AnsweredOffers } from '../../identity/answeredOffers';
import { removePartial } from '../../receivefs/incomingFile';
import { isTaken, type EngineShared } from '../engineShared';
import type { LinkKeeper } from './linkKeeper';
import { runPairedIncoming } from './pairedIncoming';
import { runPairedOutgoing } from './pairedOutgoing';
import {
  movedTo,
  readPairedIncoming,
  readPairedOutgoing,
  type PairedIncoming,
  type PairedOutgoing,
} from './pairedRecords';
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
  /** Tells an agent over the link what became of its offer. */
  readonly tell: (decided: Answered, agent: PairedAgent) => void;
}

/** The transfers between paired agents that run: begun here, or left by the engine before. */
export class PairedTransfers {
  /** Incoming ones, so that a task that comes late finds its transfer. */
  private readonly receiving = new Map<string, (kid: string, taskId: number) => void>();
  private readonly turnstile = new Turnstile(MAX_AT_ONCE);

  constructor(private readonly parts: PairedTransfersParts) {}

  /** The task of an incoming transfer became known, by an offer that this agent signed. */
  learned(transferId: string, kid: string, taskId: number): void {
    this.receiving.get(transferId)?.(kid, taskId);
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
      else await shared.home.remove('outgoing', record.transferId);
    }
    for (const entry of await shared.home.readAll('incoming')) {
      const record = readPairedIncoming(entry);
      if (record === undefined || isTaken(shared, record.transferId)) continue;
      const agent = roster.find(record.agent.kid);
      if (agent?.entry.blocked === false) this.receive(movedTo(place, record), agent);
      else {
        await this.clear(record);
        await shared.home.remove('incoming', record.transferId);
      }
    }
  }

  /** Runs an offer of ours, journaled before. */
  send(record: PairedOutgoing, agent: PairedAgent): void {
    const { shared } = this.parts;
    const connection = shared.connection();
    connection.watchChannel(record.channel);
    const transfer: Transfer = {
      transferId: record.transferId,
      direction: 'send',
      ...(record.taskId !== undefined && { taskId: record.taskId }),
      peerId: record.peerId,
      agent: record.agent,
      fileName: record.source.name,
      fileSize: record.source.size,
      channel: record.channel,
      startedAt: record.startedAt,
      state: { kind: 'waiting', expiresAt: record.expiresAt },
    };
    const { timeoutMs } = shared.settings();
    shared.running.launch(connection, transfer, 'outgoing', timeoutMs, (context) =>
      runPairedOutgoing(context, record, { served: this.parts.served, agent }),
    );
  }

  /** Runs an accepted offer, journaled before. */
  receive(record: PairedIncoming, agent: PairedAgent): void {
    const { shared, keeper, answered, tell } = this.parts;
    const transfer: Transfer = {
      transferId: record.transferId,
      direction: 'receive',
      ...(record.taskId !== undefined && { taskId: record.taskId }),
      peerId: record.peerId,
      agent: record.agent,
      fileName: record.fileName,
      fileSize: record.fileSize,
      channel: record.channel,
      startedAt: record.startedAt,
      state: { kind: 'connecting', again: false },
    };
    const { timeoutMs } = shared.settings();
    const connection = shared.connection();
    shared.running.launch(connection, transfer, 'incoming', timeoutMs, async (context) => {
      this.receiving.set(record.transferId, (kid, taskId) => {
        // The number of another service's task, or of another agent's that took this id.
        if (kid !== agent.entry.kid || connection !== shared.connection()) return;
        record.taskId ??= taskId;
        context.posted(record.taskId);
      });
      try {
        return await runPairedIncoming(context, record, {
          keeper: keeper(),
          turnstile: this.turnstile,
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

  private async clear({ temporaryPath }: PairedIncoming): Promise<void> {
    if (temporaryPath === undefined) return;
    await removePartial(temporaryPath).catch((thrown: unknown) => {
      this.parts.shared.log(toBeelineError(thrown).message);
    });
  }
}
