import { errors, toBeelineError, type BeelineError } from '../../errors';
import type { Invite } from '../../engine';
import type { Agent, Pairing, PairingCard, PairingState } from '../../events';
import type { Book, BookEntry } from '../../identity/book';
import type { Card, PeerCard } from '../../identity/card';
import type { Identity } from '../../identity/identity';
import { encodeInvite, inviteLink, newInviteSecret, readInvite } from '../../identity/invite';
import type { MessagePipe } from '../../identity/messagePipe';
import { pair, type PairingTalk } from '../../identity/pairingTalk';
import { inviteRelayToken, inviteTopic } from '../../identity/inviteKeys';
import type { Membership } from '../../swarm/swarm';
import type { ServiceConnection } from '../serviceConnection';
import { patiently } from '../patiently';

/** keys.md: an invite is good for ten minutes of the inviter's monotonic clock. */
const INVITE_MS = 10 * 60 * 1000;
/** Milliseconds in which somebody who is there answers, also across NATs and a slow DHT. */
const SEARCH_MS = 60_000;
/** Connections that may be proving themselves at once, so that strangers cannot pile up. */
const MAX_UNPROVEN = 16;
/** Invites that may be open at once: one for each of a team's new members. */
const MAX_PAIRINGS = 16;

export interface PairingDeskParts {
  readonly identity: Identity;
  readonly book: Book;
  readonly card: () => Card;
  /** Address of the hub that an invite names, so that the other side finds the same DHT. */
  readonly hubUrl: () => string;
  readonly connection: () => ServiceConnection;
  readonly emit: (pairing: Pairing) => void;
  readonly paired: (entry: BookEntry) => Agent;
  readonly log: (line: string) => void;
}

interface Running {
  readonly pairingId: string;
  readonly role: 'inviter' | 'invitee';
  readonly secret: Buffer;
  readonly invite: Invite | undefined;
  readonly expiresAt: string;
  readonly ended: AbortController;
  state: PairingState;
  talk: PairingTalk | undefined;
  membership: Membership | undefined;
  /** Connections that are proving themselves. */
  unproven: number;
  /** What one of our connections was told; another of them may have the invite. */
  taken: BeelineError | undefined;
}

/** The pairings that this engine takes part in. Secrets stay here, and go when a pairing ends. */
export class PairingDesk {
  private readonly running = new Map<string, Running>();

  constructor(private readonly parts: PairingDeskParts) {}

  list(): Pairing[] {
    return [...this.running.values()].map(describe);
  }

  /** The same id again is the same invite. */
  invite(pairingId: string): Invite {
    const known = this.running.get(pairingId)?.invite;
    if (known !== undefined) return known;
    const secret = newInviteSecret();
    const expiresAt = new Date(Date.now() + INVITE_MS).toISOString();
    const invite: Invite = {
      code: encodeInvite(secret),
      link: inviteLink(secret, this.parts.hubUrl()),
      expiresAt,
    };
    this.begin({ pairingId, role: 'inviter', secret, invite, expiresAt }, INVITE_MS, () =>
      errors.inviteExpired(),
    );
    return invite;
  }

  /** @throws INVITE_INVALID */
  join(pairingId: string, code: string): void {
    if (this.running.has(pairingId)) return;
    const { secret } = readInvite(code);
    const own = [...this.running.values()].some((other) => other.secret.equals(secret));
    if (own) throw errors.inviteSelf();
    const expiresAt = new Date(Date.now() + SEARCH_MS).toISOString();
    this.begin(
      { pairingId, role: 'invitee', secret, invite: undefined, expiresAt },
      SEARCH_MS,
      () => errors.inviteUnanswered(),
    );
  }

  async answer(pairingId: string, accept: boolean): Promise<void> {
    const running = this.running.get(pairingId);
    if (running === undefined) return;
    const { talk, state } = running;
    if (!accept) {
      talk?.decline();
      await this.end(running, { kind: 'failed', error: errors.cancelled().toData() });
      return;
    }
    if (state.kind !== 'confirm' || talk === undefined) return;
    const { card, expiresAt } = state;
    this.report(running, { kind: 'confirmed', card, expiresAt });
    // Not waited for: the other person may take minutes, and the outcome is an event.
    void this.conclude(running, talk);
  }

  async stop(): Promise<void> {
    await Promise.all(
      [...this.running.values()].map(async (running) => {
        running.talk?.decline();
        await this.end(running, { kind: 'failed', error: errors.pairingLost().toData() });
      }),
    );
  }

  private begin(
    given: Pick<Running, 'pairingId' | 'role' | 'secret' | 'invite' | 'expiresAt'>,
    lifetimeMs: number,
    late: () => Error,
  ): void {
    if (this.running.size >= MAX_PAIRINGS) {
      throw errors.configInvalid('Too many invites are open. Cancel one, or wait.');
    }
    const running: Running = {
      ...given,
      ended: new AbortController(),
      state: { kind: 'waiting', expiresAt: given.expiresAt },
      talk: undefined,
      membership: undefined,
      unproven: 0,
      taken: undefined,
    };
    this.running.set(given.pairingId, running);
    // Timers count by the monotonic clock; a person who sets the date neither prolongs nor ends it.
    const timer = setTimeout(() => {
      const asked = running.talk !== undefined && running.role === 'invitee';
      if (!asked) void this.fail(running, late());
    }, lifetimeMs);
    // Found in time, an invitee has as long to compare as the inviter has.
    const last = setTimeout(() => void this.fail(running, errors.inviteExpired()), INVITE_MS);
    running.ended.signal.addEventListener('abort', () => {
      clearTimeout(timer);
      clearTimeout(last);
    });
    this.report(running, running.state);
    void this.meet(running);
  }

  private async meet(running: Running): Promise<void> {
    const { signal } = running.ended;
    try {
      const connection = this.parts.connection();
      // Kept until the pairing has ended: settings may change while two people compare digits.
      signal.addEventListener('abort', connection.use(), { once: true });
      const network = await patiently(() => connection.network(), signal);
      const { swarm, relays, hubRelay, directOnly } = network;
      if (signal.aborted) return;
      running.membership = swarm.meet({
        topic: inviteTopic(running.secret),
        role: running.role === 'inviter' ? 'server' : 'client',
        relays: directOnly ? [] : relays,
        ...(hubRelay &&
          !directOnly && {
            hub: {
              token: inviteRelayToken(running.secret),
              open: (token, side, ended) => connection.client.openRelay(token, side, ended),
            },
          }),
        onPipe: (pipe) => void this.greet(running, pipe),
      });
    } catch (thrown) {
      if (!signal.aborted) await this.fail(running, thrown);
    }
  }

  /** One connection: a wrong proof costs only itself. */
  private async greet(running: Running, pipe: MessagePipe): Promise<void> {
    const { signal } = running.ended;
    if (signal.aborted || running.unproven >= MAX_UNPROVEN) {
      pipe.destroy();
      return;
    }
    running.unproven += 1;
    try {
      const talk = await pair(pipe, {
        role: running.role,
        secret: running.secret,
        identity: this.parts.identity,
        card: this.parts.card(),
        claim: () => this.claim(running, pipe),
        signal,
      });
      running.talk = talk;
      this.ask(running, talk);
      talk.gone.catch((thrown: unknown) => this.fail(running, thrown));
    } catch (thrown) {
      pipe.destroy();
      await this.refused(running, pipe, thrown);
    } finally {
      running.unproven -= 1;
      await this.judgeTaken(running);
    }
  }

  private readonly claimed = new WeakMap<Running, MessagePipe>();

  /** The first valid proof binds the invite to its connection. */
  private claim(running: Running, pipe: MessagePipe): boolean {
    const holder = this.claimed.get(running);
    if (holder !== undefined) return holder === pipe;
    this.claimed.set(running, pipe);
    return true;
  }

  private async refused(running: Running, pipe: MessagePipe, thrown: unknown): Promise<void> {
    const error = toBeelineError(thrown);
    this.parts.log(`pairing: ${error.code}`);
    if (running.ended.signal.aborted) return;
    // A bound invite is used up, whatever became of the connection; so is one that was taken.
    const bound = this.claimed.get(running) === pipe;
    const final = ['INVITE_SELF', 'IDENTITY_CHANGED'].includes(error.code);
    if (running.role === 'invitee' && error.code === 'INVITE_TAKEN') running.taken = error;
    if (bound || (running.role === 'invitee' && final)) await this.fail(running, error);
  }

  /**
   * Two ways of our own may have led to the inviter, directly and over the hub: then the one hears
   * that the other has taken the invite. Only when none of them got any further was it somebody else.
   */
  private async judgeTaken(running: Running): Promise<void> {
    if (running.taken === undefined || running.unproven > 0) return;
    if (this.claimed.has(running) || running.talk !== undefined) return;
    await this.fail(running, running.taken);
  }

  private ask(running: Running, talk: PairingTalk): void {
    const { card } = talk;
    const clash = this.parts.book
      .list()
      .find(
        ({ actorId, origin, kid }) =>
          actorId === card.actorId && origin === card.origin && kid !== card.kid,
      );
    if (clash !== undefined) {
      talk.decline();
      void this.fail(running, errors.identityChanged(card.actorId));
      return;
    }
    const expiresAt =
      running.role === 'inviter'
        ? running.expiresAt
        : new Date(Date.now() + INVITE_MS).toISOString();
    this.report(running, { kind: 'confirm', card: this.shown(card), expiresAt });
  }

  private shown({ kid, fingerprint, actorId, name, origin }: PeerCard): PairingCard {
    const known = this.parts.book.find(kid) !== undefined;
    return { kid, fingerprint, actorId, name, origin, known };
  }

  private async conclude(running: Running, talk: PairingTalk): Promise<void> {
    try {
      await talk.confirm();
      if (running.ended.signal.aborted) return;
      const { kid, publicKey, fingerprint, actorId, name, origin } = talk.card;
      const before = this.parts.book.find(kid);
      const entry: BookEntry = {
        kid,
        publicKey: publicKey.toString('hex'),
        fingerprint,
        actorId,
        name,
        origin,
        pairedAt: new Date().toISOString(),
        allowed: before?.allowed ?? false,
        // Whoever pairs again with somebody blocked wants to hear from them.
        blocked: false,
      };
      await this.parts.book.put(entry);
      await this.end(running, { kind: 'paired', agent: this.parts.paired(entry) });
    } catch (thrown) {
      await this.fail(running, thrown);
    }
  }

  private async fail(running: Running, thrown: unknown): Promise<void> {
    await this.end(running, { kind: 'failed', error: toBeelineError(thrown).toData() });
  }

  private async end(running: Running, state: PairingState): Promise<void> {
    if (running.ended.signal.aborted) return;
    const { talk } = running;
    running.ended.abort(errors.cancelled());
    this.running.delete(running.pairingId);
    running.secret.fill(0);
    this.report(running, state);
    // Leaving closes the connection, and the other side should have heard the last word before.
    await talk?.closed;
    await running.membership?.leave();
  }

  private report(running: Running, state: PairingState): void {
    running.state = state;
    this.parts.emit(describe(running));
  }
}

function describe({ pairingId, role, state }: Running): Pairing {
  return { pairingId, role, state };
}
