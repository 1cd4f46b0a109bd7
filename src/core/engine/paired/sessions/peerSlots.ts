import type { IceServer, PeerOrder, PeerSignal, PeerStart, PeerState } from '../../../calling';
import { errors } from '../../../errors';
import type { EngineEvent } from '../../../events';
import { checkSdp } from '../../../session/sdp';
import { MAX_CANDIDATES, type SignalCandidate, type SignalFrame } from '../../../wire/signalFrames';
import type { FrameAllowance } from './frameAllowance';
import type { PeerWay } from './frameCarriers';
import { isOpen, kidOf, say, type Session } from './session';

/** Milliseconds in which candidates gather, so that few frames carry them. */
const GATHER_MS = 60;
/** Candidates of one peer that wait: a page has some tens, for each network and protocol. */
const MAX_GATHERED = 256;
/** Milliseconds until a peer is told of that came too soon after others: then the last of them. */
const LATER_MS = 2000;

export type PeerPlace =
  | { readonly kind: 'chat'; readonly kid: string }
  | { readonly kind: 'call'; readonly callId: string };

export interface PeerSlotsParts {
  readonly emit: (event: EngineEvent) => void;
  readonly iceServers: () => readonly IceServer[];
  /** The session of a place, when it is open. */
  readonly sessionOf: (place: PeerPlace) => Session | undefined;
  /** What the agent of this key id may cost us. */
  readonly allowance: (kid: string) => FrameAllowance;
  /** Its state, or whether it has one, changed. */
  readonly changed: (place: PeerPlace, session: Session | undefined) => void;
}

interface Slot {
  readonly place: PeerPlace;
  readonly peerId: string;
  state: PeerState;
  /** The other side's peer that this one was told to connect to. */
  remote: string | undefined;
  gathered: SignalCandidate[];
  gatheredFor: string;
  timer: NodeJS.Timeout | undefined;
  later: NodeJS.Timeout | undefined;
}

/** Who owns an RTCPeerConnection here, one for each chat and call, and what passes between peers. */
export class PeerSlots implements PeerWay {
  private readonly slots = new Map<string, Slot>();
  /** The other side's peer of each session, as it said. */
  private readonly remotes = new WeakMap<Session, string>();

  constructor(private readonly parts: PeerSlotsParts) {}

  /** @throws PEER_TAKEN */
  attach(peerId: string, place: PeerPlace, isPolite: boolean, takeOver: boolean): PeerStart {
    const before = this.slots.get(keyOf(place));
    const start = { isPolite, iceServers: this.parts.iceServers() };
    if (before?.peerId === peerId) return start;
    if (before !== undefined) {
      if (!takeOver) throw errors.peerTaken();
      this.drop(before, 'replaced');
    }
    const slot: Slot = {
      place,
      peerId,
      state: { kind: 'connecting' },
      remote: undefined,
      gathered: [],
      gatheredFor: '',
      timer: undefined,
      later: undefined,
    };
    this.slots.set(keyOf(place), slot);
    // In a turn of its own: whoever attached it has its answer first.
    setImmediate(() => {
      if (this.slots.get(keyOf(place)) !== slot) return;
      const session = this.parts.sessionOf(place);
      if (session !== undefined) this.onConfirmed(session);
      this.parts.changed(place, session);
    });
    return start;
  }

  has(place: PeerPlace): boolean {
    return this.slots.has(keyOf(place));
  }

  /** Whether peers are there on both sides. */
  isPaired(session: Session): boolean {
    return this.slotOf(session) !== undefined && this.remotes.has(session);
  }

  stateOf(place: PeerPlace): PeerState | undefined {
    return this.slots.get(keyOf(place))?.state;
  }

  /** From a peer here. What is for another peer than the present one is passed over. */
  signal(peerId: string, to: string, signal: PeerSignal): void {
    const slot = this.byId(peerId);
    const session = slot && this.parts.sessionOf(slot.place);
    if (slot === undefined || session === undefined || this.remotes.get(session) !== to) return;
    if (signal.kind === 'description') {
      const { type, sdp } = signal;
      checkSdp(sdp);
      this.sayGathered(slot);
      say(session, { t: 'description', from: peerId, to, type, sdp });
      return;
    }
    const { candidate, sdpMid, sdpMLineIndex } = signal;
    if (slot.gatheredFor !== to) slot.gathered = [];
    slot.gatheredFor = to;
    if (slot.gathered.length < MAX_GATHERED)
      slot.gathered.push({ candidate, sdpMid, sdpMLineIndex });
    slot.timer ??= setTimeout(() => {
      this.sayGathered(slot);
    }, GATHER_MS).unref();
  }

  /** A frame that came over the data channel of a peer here: which session's, if it has one. */
  sessionOfPeer(peerId: string): Session | undefined {
    const slot = this.byId(peerId);
    return slot && this.parts.sessionOf(slot.place);
  }

  state(peerId: string, state: PeerState): void {
    const slot = this.byId(peerId);
    if (slot === undefined) return;
    slot.state = state;
    this.parts.changed(slot.place, this.parts.sessionOf(slot.place));
  }

  detach(peerId: string): void {
    const slot = this.byId(peerId);
    if (slot === undefined) return;
    this.remove(slot);
    const session = this.parts.sessionOf(slot.place);
    if (session !== undefined) say(session, { t: 'peer' });
    this.parts.changed(slot.place, session);
  }

  /** The network changed. */
  restart(kid?: string): void {
    for (const slot of this.slots.values()) {
      const session = this.parts.sessionOf(slot.place);
      const isMeant = session !== undefined && (kid === undefined || kidOf(session) === kid);
      if (isMeant && slot.remote !== undefined) this.order(slot, { kind: 'restart' });
    }
  }

  onConfirmed(session: Session): void {
    const slot = this.slotOf(session);
    if (slot === undefined) return;
    say(session, { t: 'peer', peer: slot.peerId });
    this.meet(slot, session);
  }

  /** Says once more which peer is here; a side that has lost the session answers that it has. */
  repeat(session: Session): void {
    const peer = this.slotOf(session)?.peerId;
    say(session, { t: 'peer', ...(peer !== undefined && { peer }) });
  }

  /** What the other side's core says of its peer, or passes on from it. */
  onSignal(session: Session, frame: SignalFrame): void {
    const slot = this.slotOf(session);
    if (frame.t === 'peer') {
      if (frame.peer === undefined) this.remotes.delete(session);
      else this.remotes.set(session, frame.peer);
      if (slot !== undefined) this.meet(slot, session);
      this.parts.changed(placeOf(session), session);
      return;
    }
    if (frame.t !== 'description' && frame.t !== 'candidates') return;
    const isForUs = slot?.peerId === frame.to && this.remotes.get(session) === frame.from;
    if (slot === undefined || !isForUs) return;
    const { from } = frame;
    const allowance = this.parts.allowance(kidOf(session));
    if (frame.t === 'description') {
      const { type, sdp } = frame;
      if (!allowance.mayDescribe() || !isGood(sdp)) return;
      this.order(slot, { kind: 'signal', from, signal: { kind: 'description', type, sdp } });
      return;
    }
    for (const { candidate, sdpMid, sdpMLineIndex } of frame.candidates) {
      if (!allowance.mayAddCandidate()) return;
      const signal = { kind: 'candidate', candidate, sdpMid, sdpMLineIndex } as const;
      this.order(slot, { kind: 'signal', from, signal });
    }
  }

  /** The session is over. A chat's peer stays for the next one, a call's is not needed any more. */
  onGone(session: Session): void {
    this.remotes.delete(session);
    const slot = this.slotOf(session);
    if (slot === undefined) return;
    if (session.kind === 'call') this.drop(slot, 'ended');
    else this.tellRemote(slot, undefined);
  }

  /** The place itself is gone, whether or not it ever had a session. */
  close(place: PeerPlace): void {
    const slot = this.slots.get(keyOf(place));
    if (slot !== undefined) this.drop(slot, 'ended');
  }

  wayOf(session: Session): 'direct' | 'relayed' | undefined {
    if (!isOpen(session)) return undefined;
    const state = this.slotOf(session)?.state;
    return state?.kind === 'connected' ? state.path : undefined;
  }

  send(session: Session, frames: readonly Buffer[]): void {
    const slot = this.slotOf(session);
    if (slot === undefined) return;
    for (const frame of frames)
      this.order(slot, { kind: 'frame', frame: frame.toString('base64') });
  }

  stop(): void {
    for (const slot of [...this.slots.values()]) this.drop(slot, 'ended');
  }

  private sayGathered(slot: Slot): void {
    clearTimeout(slot.timer);
    slot.timer = undefined;
    const candidates = slot.gathered.splice(0);
    const session = this.parts.sessionOf(slot.place);
    if (session === undefined || this.remotes.get(session) !== slot.gatheredFor) return;
    const { peerId: from, gatheredFor: to } = slot;
    for (let at = 0; at < candidates.length; at += MAX_CANDIDATES) {
      const some = candidates.slice(at, at + MAX_CANDIDATES);
      say(session, { t: 'candidates', from, to, candidates: some });
    }
  }

  /** Tells of the other side's peer, each of which costs a connection: of many, some and the last. */
  private meet(slot: Slot, session: Session): void {
    const remote = this.remotes.get(session);
    const isFree = remote === undefined || remote === slot.remote;
    if (isFree || this.parts.allowance(kidOf(session)).mayBringPeer()) {
      this.tellRemote(slot, remote);
      return;
    }
    this.tellRemote(slot, undefined);
    slot.later ??= setTimeout(() => {
      slot.later = undefined;
      const now = this.slotOf(session) === slot && this.parts.sessionOf(slot.place) === session;
      if (now) this.meet(slot, session);
    }, LATER_MS).unref();
  }

  private tellRemote(slot: Slot, remote: string | undefined): void {
    if (slot.remote === remote) return;
    slot.remote = remote;
    slot.gathered = [];
    // What it was connected to is gone, and it will say so of the next.
    slot.state = { kind: 'connecting' };
    this.order(slot, { kind: 'remote', ...(remote !== undefined && { remote }) });
  }

  private drop(slot: Slot, reason: 'replaced' | 'ended'): void {
    this.remove(slot);
    this.order(slot, { kind: 'close', reason });
  }

  private remove(slot: Slot): void {
    clearTimeout(slot.timer);
    clearTimeout(slot.later);
    this.slots.delete(keyOf(slot.place));
  }

  private order({ peerId }: Slot, order: PeerOrder): void {
    this.parts.emit({ type: 'peer', peerId, order });
  }

  private slotOf(session: Session): Slot | undefined {
    return this.slots.get(keyOf(placeOf(session)));
  }

  private byId(peerId: string): Slot | undefined {
    return [...this.slots.values()].find((slot) => slot.peerId === peerId);
  }
}

export function placeOf(session: Session): PeerPlace {
  return session.kind === 'chat'
    ? { kind: 'chat', kid: kidOf(session) }
    : { kind: 'call', callId: session.id };
}

function keyOf(place: PeerPlace): string {
  return place.kind === 'chat' ? `chat ${place.kid}` : `call ${place.callId}`;
}

/** The other side's core has looked already; this one does not rely on it. */
function isGood(sdp: string): boolean {
  try {
    checkSdp(sdp);
    return true;
  } catch {
    return false;
  }
}
