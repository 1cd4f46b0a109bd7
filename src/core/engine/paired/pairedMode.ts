import { version } from '../../../../package.json';
import type { TaskEvent } from '../../ats/types';
import type { Decision, Invite, OfferRequest } from '../../engine';
import type { Call } from '../../callEvents';
import type { Chat } from '../../chatEvents';
import { errors, toBeelineError, type BeelineError } from '../../errors';
import type {
  Agent,
  AgentRef,
  Grant,
  IncomingOffer,
  Pairing,
  PreviewEntry,
  Self,
} from '../../events';
import { AnsweredOffers } from '../../identity/answeredOffers';
import { openBook, type Book, type BookEntry } from '../../identity/book';
import type { Identity } from '../../identity/identity';
import { openIdentity } from '../../identity/identityFile';
import type { ConversingCall, ConversingParams, ConversingResult } from '../conversing';
import type { EngineShared } from '../engineShared';
import type { ServiceConnection } from '../serviceConnection';
import { PairedConversing } from './conversing';
import { Grants } from './grants';
import { LinkKeeper } from './linkKeeper';
import { PairedOffers } from './pairedOffers';
import { PairingDesk } from './pairingDesk';
import { Received } from './received';
import { refOf, Roster, type PairedAgent } from './roster';
import { SeenRequests } from './sessions/seenRequests';

/** Milliseconds a cancelled transfer is given to say so on both sides before the caller goes on. */
const CANCEL_GRACE_MS = 5000;

/** Milliseconds between two events about the agents: a full book comes online within seconds. */
const TELL_EVERY_MS = 100;

/** What paired mode is made of; or why there is none in this home. */
export type PairedParts =
  | {
      readonly kind: 'ready';
      readonly identity: Identity;
      readonly book: Book;
      readonly answered: AnsweredOffers;
      readonly received: Received;
      readonly grants: Grants;
      readonly seen: SeenRequests;
    }
  | {
      readonly kind: 'unavailable';
      readonly error: BeelineError;
      /** Whom we are paired with all the same: they are not sent to in the open instead. */
      readonly entries: readonly BookEntry[];
    };

/** Reads identity and book. Never rejects: open mode works without them. */
export async function openPairedParts({
  home,
  log,
}: Pick<EngineShared, 'home' | 'log'>): Promise<PairedParts> {
  try {
    const identity = await openIdentity(home);
    const [book, answered, received, grants, seen] = await Promise.all([
      openBook(home),
      AnsweredOffers.open(home),
      Received.open(home, log),
      Grants.open(home),
      SeenRequests.open(home),
    ]);
    return { kind: 'ready', identity, book, answered, received, grants, seen };
  } catch (thrown) {
    const entries = await openBook(home).then(
      (book) => book.list(),
      () => [],
    );
    return { kind: 'unavailable', error: toBeelineError(thrown), entries };
  }
}

/** Agents that exchanged keys: pairing, links, and what travels over them. */
export class PairedMode {
  private readonly roster: Roster;
  private readonly keeper: LinkKeeper;
  private readonly desk: PairingDesk;
  private readonly inOut: PairedOffers;
  private readonly conversing: PairedConversing;
  private telling: NodeJS.Timeout | undefined;
  private toldAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly shared: EngineShared,
    private readonly parts: Extract<PairedParts, { kind: 'ready' }>,
    asking: (transferId: string) => void,
  ) {
    const { identity, book } = parts;
    this.roster = new Roster(identity, book, () => {
      this.tellAgents();
    });
    this.inOut = new PairedOffers({
      ...parts,
      shared,
      roster: this.roster,
      grantsChanged: () => {
        shared.emit({ type: 'grants', grants: this.grants() });
      },
      keeper: () => this.keeper,
      asking,
    });
    this.conversing = new PairedConversing({ ...parts, shared, roster: this.roster });
    this.keeper = new LinkKeeper({
      identity,
      peers: () => this.roster.peers(),
      version,
      log: shared.log,
      hooks: {
        onOnline: (link) => {
          this.roster.came(link);
          this.inOut.onOnline(link);
          this.conversing.onOnline(link);
        },
        onOffline: (link) => {
          this.inOut.onOffline(link);
          this.roster.went(link);
          this.conversing.onOffline(link);
        },
        onPath: (link) => {
          this.tellAgents();
          this.conversing.sessions.onPath(link);
        },
        onAwoke: () => {
          this.conversing.sessions.onAwoke();
        },
        onRefused: (error) => {
          shared.log(`link refused: ${error.message}`);
        },
        onChannel: (link, protocol, id, channel) =>
          this.inOut.onChannel(link, protocol, id, channel),
      },
    });
    this.desk = new PairingDesk({
      identity,
      book,
      card: () => {
        const { actorId, actorName, atsUrl } = shared.settings();
        const { origin } = new URL(atsUrl);
        return { publicKey: identity.publicKey, actorId, name: actorName, origin };
      },
      hubUrl: () => shared.settings().atsUrl,
      connection: shared.connection,
      emit: (pairing) => {
        shared.emit({ type: 'pairing', pairing });
      },
      paired: (entry) => {
        this.keeper.refresh();
        this.tellAgents();
        return this.roster.describe(entry);
      },
      log: shared.log,
    });
    if (book.setAside !== undefined) {
      shared.emit({ type: 'notice', error: book.setAside.toData() });
    }
  }

  self(): Self {
    const { kid, fingerprint } = this.parts.identity;
    return { kind: 'ready', kid, fingerprint };
  }

  agents(): Agent[] {
    return this.roster.list();
  }

  pairings(): Pairing[] {
    return this.desk.list();
  }

  grants(): Grant[] {
    return this.parts.grants.list();
  }

  chats(): readonly Chat[] {
    return this.conversing.chats();
  }

  calls(): readonly Call[] {
    return this.conversing.calls();
  }

  converse<M extends ConversingCall>(
    call: M,
    params: ConversingParams<M>,
  ): Promise<ConversingResult<M>> {
    return this.conversing.converse(call, params);
  }

  offers(): IncomingOffer[] {
    return this.inOut.offers();
  }

  /** Moves the links to this connection's network, or looks whether it is still the same. */
  use(connection: ServiceConnection): void {
    this.keeper.use(connection);
    this.conversing.sessions.serviceBack();
  }

  forgetTasks(): void {
    this.inOut.forgetTasks();
    this.conversing.sessions.forgetTasks();
  }

  settingsChanged(): void {
    this.inOut.applyRules();
    this.conversing.settingsChanged();
  }

  async goOn(): Promise<void> {
    await this.inOut.goOn();
    await this.conversing.start();
  }

  tell(event: TaskEvent): boolean {
    return this.conversing.sessions.tell(event) || this.inOut.tell(event);
  }

  /** The paired agent that uses an actor id. */
  named(actorId: string): AgentRef | undefined {
    const [entry] = this.roster.named(actorId);
    return entry === undefined ? undefined : refOf(entry);
  }

  /**
   * The paired agent that a request means; undefined when it is somebody of open mode.
   * @throws AGENT_UNKNOWN, CONFIG_INVALID when the actor id could mean two
   */
  meant({ agent, recipientId }: OfferRequest): PairedAgent | undefined {
    if (agent !== undefined) return this.roster.get(agent);
    const named = this.roster.named(recipientId);
    const { origin } = new URL(this.shared.settings().atsUrl);
    const entry = named.length > 1 ? named.find((one) => one.origin === origin) : named[0];
    if (entry === undefined && named.length > 1) {
      throw errors.configInvalid(
        `Several paired agents are called ${recipientId}. Choose one by its key id.`,
      );
    }
    return entry === undefined ? undefined : this.roster.get(entry.kid);
  }

  begin(request: OfferRequest, agent: PairedAgent): Promise<void> {
    return this.inOut.begin(request, agent);
  }

  has(transferId: string): boolean {
    return this.inOut.has(transferId);
  }

  answer(transferId: string, decision: Decision): Promise<void> {
    return this.inOut.answer(transferId, decision);
  }

  preview(transferId: string): Promise<readonly PreviewEntry[]> {
    return this.inOut.preview(transferId);
  }

  resume(transferId: string, kid: string): void {
    this.keeper.lookAgain(kid);
    this.inOut.resume(transferId);
  }

  async revokeGrant(grantId: string): Promise<void> {
    const found = this.parts.grants.list().some((grant) => grant.grantId === grantId);
    if (!found) return;
    await this.parts.grants.revoke(grantId);
    this.shared.emit({ type: 'grants', grants: this.grants() });
    await this.inOut.endRounds(grantId, CANCEL_GRACE_MS);
  }

  invite(pairingId: string): Invite {
    return this.desk.invite(pairingId);
  }

  join(pairingId: string, code: string): void {
    this.desk.join(pairingId, code);
  }

  answerPairing(pairingId: string, accept: boolean): Promise<void> {
    return this.desk.answer(pairingId, accept);
  }

  async changeAgent(
    kid: string,
    change: { readonly allowed?: boolean; readonly blocked?: boolean },
  ): Promise<void> {
    this.roster.get(kid);
    await this.parts.book.change(kid, change);
    if (change.blocked === true) {
      await this.conversing.drop(kid);
      await this.inOut.dropAll(kid, CANCEL_GRACE_MS);
    }
    if (change.blocked === false) void this.inOut.lookAgain();
    this.inOut.applyRules();
    this.keeper.refresh();
    this.tellAgents();
  }

  async removeAgent(kid: string): Promise<void> {
    this.roster.get(kid);
    await this.conversing.drop(kid);
    // From here on nothing more is heard from it.
    await this.parts.book.remove(kid);
    await this.conversing.drop(kid);
    await this.conversing.forget(kid);
    await this.inOut.dropAll(kid, CANCEL_GRACE_MS);
    this.keeper.refresh();
    this.tellAgents();
  }

  /** First, so that to the other sides the links are gone, and nobody is told that all is over. */
  async closeLinks(): Promise<void> {
    await this.conversing.stop();
    await this.desk.stop();
    await this.keeper.stop();
    this.inOut.stop();
    // When somebody was last seen is kept for a while before it is written.
    await this.parts.book.flush().catch((thrown: unknown) => {
      this.shared.log(toBeelineError(thrown).message);
    });
  }

  /** At once, or a little later together with what changes meanwhile: each event carries them all. */
  private tellAgents(): void {
    if (this.telling !== undefined) return;
    const tell = (): void => {
      this.telling = undefined;
      this.toldAt = performance.now();
      this.shared.emit({ type: 'agents', agents: this.roster.list() });
      this.conversing.agentsChanged();
    };
    const left = this.toldAt + TELL_EVERY_MS - performance.now();
    if (left <= 0) tell();
    else this.telling = setTimeout(tell, left).unref();
  }
}
