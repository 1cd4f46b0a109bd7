import assert from 'node:assert/strict';
import { once } from 'node:events';
import { errors } from '../../src/core/errors';
import type {
  Agent,
  EngineEvent,
  EngineSnapshot,
  PairingCard,
  PairingState,
} from '../../src/core/events';
import { PairingFollower, type ConfirmPairing } from '../../src/service/pairingFollower';

const card: PairingCard = {
  kid: 'ab'.repeat(32),
  fingerprint: '1',
  actorId: 'bob',
  name: 'Bob',
  origin: 'https://ats.example',
  known: false,
};
const agent: Agent = {
  ...{ kid: card.kid, actorId: 'bob', name: 'Bob', fingerprint: '1', origin: card.origin },
  pairedAt: '2026-01-01T00:00:00Z',
  allowed: false,
  blocked: false,
  presence: { kind: 'offline' },
};
const expiresAt = '2026-01-01T00:10:00Z';

/** What a pairing needs of an engine, told by hand, because no real one fails at a chosen moment. */
function stage(confirm: ConfirmPairing) {
  const listeners = new Set<(event: EngineEvent) => void>();
  const answers: boolean[] = [];
  const follower = new PairingFollower(
    {
      onEvent: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      answerPairing: (_, accept) => {
        answers.push(accept);
        return Promise.resolve();
      },
    },
    'p',
    confirm,
  );
  const emit = (event: EngineEvent): void => {
    for (const listener of [...listeners]) listener(event);
  };
  const tell = (state: PairingState, pairingId = 'p'): void => {
    emit({ type: 'pairing', pairing: { pairingId, role: 'inviter', state } });
  };
  const moved = (agents: readonly Agent[], pairings: EngineSnapshot['pairings'] = []): void => {
    const snapshot: EngineSnapshot = {
      service: { kind: 'connecting' },
      self: { kind: 'ready', kid: 'cd'.repeat(32), fingerprint: '2' },
      ...{
        agents,
        pairings,
        offers: [],
        transfers: [],
        grants: [],
        chats: [],
        calls: [],
        blocked: [],
      },
    };
    emit({ type: 'moved', snapshot });
  };
  return { follower, answers, listeners, tell, moved };
}

describe('following a pairing', () => {
  it('asks once, however often the question is told, and ends with the agent', async () => {
    let asked = 0;
    const { follower, answers, listeners, tell } = stage(() => {
      asked += 1;
      return Promise.resolve(true);
    });
    await follower.begin(() => Promise.resolve());
    tell({ kind: 'paired', agent }, 'another');
    tell({ kind: 'waiting', expiresAt });
    tell({ kind: 'confirm', card, expiresAt });
    tell({ kind: 'confirm', card, expiresAt });
    tell({ kind: 'confirmed', card, expiresAt });
    tell({ kind: 'paired', agent });
    assert.equal(await follower.ended, agent);
    assert.equal(asked, 1);
    assert.ok(answers.every((accept) => accept));
    assert.equal(listeners.size, 0);
  });

  it('tells the other side when the person says no, or cannot be asked', async () => {
    const no = stage(() => Promise.resolve(false));
    no.tell({ kind: 'confirm', card, expiresAt });
    await assert.rejects(no.follower.ended, { code: 'DECLINED' });
    const broken = stage(() => Promise.reject(errors.configInvalid('Nobody is here.')));
    broken.tell({ kind: 'confirm', card, expiresAt });
    await assert.rejects(broken.follower.ended, { code: 'CONFIG_INVALID' });
    assert.deepEqual([no.answers, broken.answers], [[false], [false]]);
  });

  it('takes the question back when it is over, and an answer after that counts for nothing', async () => {
    let answer: (accept: boolean) => void = () => undefined;
    let question: AbortSignal | undefined;
    const { follower, answers, tell } = stage((_, signal) => {
      question = signal;
      return new Promise((resolve) => (answer = resolve));
    });
    tell({ kind: 'confirm', card, expiresAt });
    assert.ok(question !== undefined);
    const takenBack = once(question, 'abort');
    tell({ kind: 'failed', error: errors.inviteExpired().toData() });
    await takenBack;
    await assert.rejects(follower.ended, { code: 'INVITE_EXPIRED' });
    answer(true);
    await Promise.resolve();
    assert.deepEqual(answers, []);
  });

  it('knows after a move whether the book was written, and never calls lost what may still begin', async () => {
    const yes: ConfirmPairing = () => Promise.resolve(true);
    const written = stage(yes);
    await written.follower.begin(() => Promise.resolve());
    written.tell({ kind: 'confirmed', card, expiresAt });
    written.moved([agent]);
    assert.equal(await written.follower.ended, agent);

    const lost = stage(yes);
    await lost.follower.begin(() => Promise.resolve());
    lost.tell({ kind: 'confirmed', card, expiresAt });
    lost.moved([{ ...agent, kid: 'ef'.repeat(32) }]);
    await assert.rejects(lost.follower.ended, { code: 'PAIRING_LOST' });

    // In the book before: that it is there says nothing about this pairing.
    const renewed = stage(yes);
    await renewed.follower.begin(() => Promise.resolve());
    renewed.tell({ kind: 'confirmed', card: { ...card, known: true }, expiresAt });
    renewed.moved([agent]);
    await assert.rejects(renewed.follower.ended, { code: 'PAIRING_LOST' });

    const early = stage(yes);
    const begun = early.follower.begin(async () => {
      early.moved([]);
      await Promise.resolve();
    });
    await begun;
    early.tell({ kind: 'paired', agent });
    assert.equal(await early.follower.ended, agent);
  });

  it('ends on both sides when it is cancelled, once', async () => {
    const { follower, answers, listeners } = stage(() => Promise.resolve(true));
    await follower.cancel();
    await follower.cancel();
    await assert.rejects(follower.ended, { code: 'CANCELLED' });
    assert.deepEqual(answers, [false]);
    assert.equal(listeners.size, 0);
  });
});
