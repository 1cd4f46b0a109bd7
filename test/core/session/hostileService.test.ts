import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { identityFromSeed, newIdentity, type Identity } from '../../../src/core/identity/identity';
import { pairRootOf } from '../../../src/core/identity/pairRoot';
import { makeEphemeral, sessionKeysOf } from '../../../src/core/identity/sessionKeys';
import { openFrame } from '../../../src/core/session/sealedFrame';
import { randomBuffer, seeded } from '../transfer/transferFixture';
import { HandClock } from './streams';
import { Caller, Callee, type Letter } from './talkers';

/**
 * A service between two, which reads, keeps, alters, replays, reorders, delays, drops and puts into
 * other sessions all that they give it to carry. It can keep them from talking. Should one of these
 * fail, it can also take part.
 */
describe('a service that lies between two', () => {
  const [ann, ben] = [newIdentity(), newIdentity()];

  it('never makes anybody hear what was not said, in its order', () => {
    let heard = 0;
    for (let seed = 1; seed <= SCRIPTS; seed++) {
      const play = new Play(ann, ben, seed);
      try {
        for (let step = 0; step < STEPS; step++) play.step();
        heard += play.heard;
        // Whatever it did: as soon as it carries again, everything arrives.
        play.beHonest();
      } catch (thrown) {
        const script = play.script.slice(-40).join('\n');
        throw new Error(`seed ${seed}: ${String(thrown)}\n${script}`, { cause: thrown });
      } finally {
        play.end();
      }
    }
    assert.ok(heard > SCRIPTS * 20, `only ${heard} words got through, so little was attacked`);
  });

  it('opens nothing with all that it has, and later not with both identities either', () => {
    const seeds = [randomBytes(32), randomBytes(32)] as const;
    const [one, other] = [identityFromSeed(seeds[0]), identityFromSeed(seeds[1])];
    const clock = new HandClock();
    const caller = new Caller(one, other, 'call', clock);
    const callee = new Callee(other, one, clock);
    const answer = callee.hear(caller.request);
    assert.ok(answer !== undefined && caller.hear(answer) && callee.streams !== undefined);
    const session = callee.streams;
    session.signal.stream.confirm();
    session.chat.stream.send({ t: 'text', text: 'nobody else reads this' });
    const frames = [...session.signal.carried, ...session.chat.carried];
    assert.equal(frames.length, 2);

    const seen = [caller.request.signed, answer.signed].map((text) =>
      Buffer.from(text, 'base64url'),
    );
    const [request = Buffer.alloc(0), answered = Buffer.alloc(0)] = seen;
    const publics = seen.map((bytes) =>
      Buffer.from((JSON.parse(bytes.toString()) as { key: string }).key, 'hex'),
    );
    // Both are stolen, long after: the pair root is known, the ephemeral secrets are gone.
    const stolen = (own: Buffer, peer: Identity): Buffer => {
      const publicKey = identityFromSeed(own).publicKey;
      return pairRootOf({ publicKey, secretKey: Buffer.concat([own, publicKey]) }, peer.publicKey);
    };
    assert.deepEqual(stolen(seeds[0], other), stolen(seeds[1], one));
    let tried = 0;
    for (const theirs of publics) {
      for (const root of [stolen(seeds[0], other), Buffer.alloc(32), randomBytes(32)]) {
        for (const side of ['caller', 'callee'] as const) {
          const keys = sessionKeysOf(root, {
            side,
            ephemeral: makeEphemeral(),
            theirs,
            peerPublicKey: other.publicKey,
            request,
            answer: answered,
          });
          for (const key of [keys.send, keys.receive].flatMap(Object.values) as Buffer[]) {
            for (const frame of frames) {
              for (const direction of ['caller', 'callee'] as const) {
                for (const use of ['signal', 'chat'] as const) {
                  const context = { sessionId: caller.id, direction, use };
                  assert.equal(openFrame(key, context, frame), undefined);
                  tried++;
                }
              }
            }
          }
        }
      }
    }
    assert.equal(tried, 384);
    caller.end();
    callee.end();
  });

  it('cannot answer in another’s place, also when it is an agent of both', () => {
    const mallory = newIdentity();
    const clock = new HandClock();
    const caller = new Caller(ann, ben, 'call', clock, [mallory]);
    // Mallory knows Ann's request, and signs an answer to its very bytes: as itself, it can.
    const forged = new Callee(mallory, ann, clock).answerAs(caller.request, mallory);
    assert.equal(caller.hear(forged), false);
    // Under Ben's name, it cannot.
    const named = Buffer.from(
      Buffer.from(forged.signed, 'base64url').toString().replace(mallory.kid, ben.kid),
    );
    const signature = mallory.sign('beeline/answer/1', named).toString('base64url');
    assert.equal(caller.hear({ signed: named.toString('base64url'), signature }), false);
    const callee = new Callee(ben, ann, clock);
    const answer = callee.hear(caller.request);
    assert.ok(answer !== undefined && caller.hear(answer));
    caller.end();
    callee.end();
  });
});

/** Each with its own seed. */
const SCRIPTS = 60;
const STEPS = 400;

/** Two sessions of the same two at the same time, and what somebody does to all that they say. */
class Play {
  readonly script: string[] = [];
  private readonly clock = new HandClock();
  private readonly random: () => number;
  private readonly callers: Caller[];
  private readonly callee: Callee;
  /** Everything that was ever given to the service, in its order. */
  private readonly letters: Letter[] = [];
  private readonly frames: Buffer[] = [];
  /** What was not brought where it should go yet: each a frame on its way. */
  private onTheWay: (() => void)[] = [];

  constructor(ann: Identity, ben: Identity, seed: number) {
    this.random = seeded(seed);
    const kinds = ['chat', 'call'] as const;
    this.callers = kinds.map((kind) => new Caller(ann, ben, kind, this.clock));
    this.callee = new Callee(ben, ann, this.clock);
    for (const { request } of this.callers) this.letters.push(request);
  }

  step(): void {
    this.note();
    const roll = this.random();
    if (roll < 0.05 || this.pairs().length < 2) this.bringLetter();
    else if (roll < 0.3) this.say();
    else if (roll < 0.35) this.clock.pass(this.random() * 20_000);
    else if (roll < 0.7) this.carry();
    else this.inject();
    this.check();
  }

  beHonest(): void {
    for (const caller of this.callers) {
      // A session whose request or answer was lost is none; the other is asked as it would have been.
      const answer = this.callee.hear(caller.request) ?? this.callee.answerTo(caller.id);
      assert.ok(answer !== undefined, 'the request is read');
      if (!caller.hasKeys) assert.ok(caller.hear(answer), 'the answer is the one that counts');
    }
    for (const [caller, callee] of this.pairs()) {
      for (const use of ['signal', 'chat'] as const) {
        for (const [from, to] of [
          [caller[use], callee[use]] as const,
          [callee[use], caller[use]] as const,
        ]) {
          from.onCarry = (frame) => {
            to.stream.take(frame);
          };
        }
        caller[use].stream.confirm();
        callee[use].stream.confirm();
      }
    }
    this.clock.pass(10 * 60_000);
    this.check();
    let sessions = 0;
    for (const [caller, callee] of this.pairs()) {
      sessions++;
      for (const use of ['signal', 'chat'] as const) {
        assert.deepEqual(callee[use].heard, caller.said[use]);
        assert.deepEqual(caller[use].heard, callee.said[use]);
        assert.equal(caller[use].stream.isWaiting || callee[use].stream.isWaiting, false);
        const confirmed = use === 'signal' ? 1 : 0;
        assert.deepEqual([caller[use].confirmed, callee[use].confirmed], [confirmed, confirmed]);
      }
    }
    assert.equal(sessions, 2);
  }

  end(): void {
    for (const caller of this.callers) caller.end();
    this.callee.end();
    assert.equal(this.clock.pending, 0, 'timers that nobody ends');
  }

  /** Heard is the beginning of what was said, in its order, and nothing else. */
  private check(): void {
    for (const [caller, callee] of this.pairs()) {
      for (const use of ['signal', 'chat'] as const) {
        assert.deepEqual(callee[use].heard, caller.said[use].slice(0, callee[use].heard.length));
        assert.deepEqual(caller[use].heard, callee.said[use].slice(0, caller[use].heard.length));
      }
    }
  }

  /** How much of what was said has arrived, by number. */
  get heard(): number {
    const ends = this.pairs()
      .flat()
      .flatMap(({ signal, chat }) => [signal, chat]);
    return ends.reduce((sum, end) => sum + end.heard.length, 0);
  }

  private say(): void {
    const sides = this.pairs().flat();
    const side = this.pick(sides);
    if (side === undefined) return;
    const use = this.random() < 0.5 ? 'signal' : 'chat';
    if (this.random() < 0.5) side.signal.stream.confirm();
    const said = { n: Math.floor(this.random() * 1e9), text: 'x'.repeat(this.random() * 50) };
    this.script.push(`say ${use} ${said.n}`);
    side.said[use].push(said);
    side[use].stream.send(said);
  }

  private bringLetter(): void {
    const letter = this.pick(this.letters);
    if (letter === undefined) return;
    const changed = this.random() < 0.5 ? letter : this.alterLetter(letter);
    this.script.push(
      `letter ${this.letters.indexOf(letter)}${changed === letter ? '' : ' altered'}`,
    );
    if (this.random() < 0.5) {
      const answer = this.callee.hear(changed);
      if (answer !== undefined) {
        assert.ok(
          this.callers.some(({ request }) => isDeepStrictEqual(request, changed)),
          'what nobody asked',
        );
        this.letters.push(answer);
      }
      return;
    }
    const caller = this.pick(this.callers);
    if (caller?.hear(changed) === true) {
      assert.deepEqual(changed, this.callee.answerTo(caller.id), 'an answer that nobody gave');
    }
  }

  private alterLetter(letter: Letter): Letter {
    const other = this.pick(this.letters) ?? letter;
    const roll = this.random();
    if (roll < 0.3) return { signed: letter.signed, signature: other.signature };
    const bytes = Buffer.from(letter.signed, 'base64url');
    const at = Math.floor(this.random() * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(this.random() * 8));
    return { ...letter, signed: bytes.toString('base64url') };
  }

  /** One of the next few where it should go, at last; or it is lost. */
  private carry(): void {
    const at = Math.floor(this.random() * Math.min(4, this.onTheWay.length));
    const [bring] = this.onTheWay.splice(at, 1);
    const isLost = this.random() < 0.1;
    this.script.push(isLost ? 'lose' : 'carry');
    if (!isLost) bring?.();
  }

  /** Any frame, altered or not, to whichever end of whichever session. */
  private inject(): void {
    const side = this.pick(this.pairs().flat());
    const recent = this.random() < 0.5 ? this.frames.slice(-8) : this.frames;
    const frame = this.pick(recent);
    if (side === undefined || frame === undefined) return;
    const changed = this.alterFrame(frame);
    const altered = changed === frame ? '' : ' altered';
    this.script.push(`inject ${this.frames.indexOf(frame)}${altered}`);
    for (const use of ['signal', 'chat'] as const) side[use].stream.take(Buffer.from(changed));
  }

  private alterFrame(frame: Buffer): Buffer {
    const roll = this.random();
    if (roll < 0.6) return frame;
    if (roll < 0.65) return randomBuffer(Math.floor(this.random() * 100), this.random);
    const changed = Buffer.from(frame);
    const other = this.pick(this.frames) ?? frame;
    if (roll < 0.7) return changed.subarray(0, Math.floor(this.random() * changed.length));
    if (roll < 0.75) return Buffer.concat([changed, other]);
    // The use and place of one, the rest of another.
    if (roll < 0.85) return Buffer.concat([other.subarray(0, 9), changed.subarray(9)]);
    if (roll < 0.9) {
      changed[0] = 1 - (changed[0] ?? 0);
      return changed;
    }
    const at = Math.floor(this.random() * changed.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(this.random() * 8));
    return changed;
  }

  /** Both ends of each session that has come about on both sides. */
  private pairs() {
    return this.callers.flatMap((caller) => {
      const callee = this.callee.sessions.get(caller.id);
      return caller.streams === undefined || callee === undefined
        ? []
        : [[caller.streams, callee] as const];
    });
  }

  /** All that was said since goes to the service. */
  private note(): void {
    for (const [caller, callee] of this.pairs()) {
      for (const [from, to] of [[caller, callee] as const, [callee, caller] as const]) {
        for (const use of ['signal', 'chat'] as const) {
          for (const frame of from[use].carried.splice(0)) {
            this.frames.push(frame);
            this.onTheWay.push(() => {
              to[use].stream.take(frame);
            });
          }
        }
      }
    }
  }

  private pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.random() * list.length)];
  }
}
