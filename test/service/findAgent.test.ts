import assert from 'node:assert/strict';
import type { Agent } from '../../src/core/events';
import { findAgent } from '../../src/service/findAgent';

const agent = (kid: string, actorId: string, name: string): Agent => ({
  kid: kid.padEnd(64, '0'),
  actorId,
  name,
  fingerprint: '1',
  origin: 'https://ats.example',
  pairedAt: '2026-01-01T00:00:00Z',
  allowed: false,
  blocked: false,
  presence: { kind: 'offline' },
});

// If a word could be taken over by whoever chooses it as a name, files would go to the wrong agent.
describe('looking for a paired agent', () => {
  const bob = agent('0123456789', 'agent-b', "Bob's laptop");
  const carol = agent('0123456abc', 'carol', 'Carol');
  const kidOf = (typed: string, agents: readonly Agent[] = [bob, carol]): string => {
    const found = findAgent(typed, agents);
    return found.kind === 'one' ? found.agent.kid : found.kind;
  };

  it('finds it by its id, its name, its key id, and eight digits of that', () => {
    for (const typed of ['agent-b', "Bob's laptop", bob.kid, bob.kid.toUpperCase(), ' agent-b ']) {
      assert.equal(kidOf(typed), bob.kid, typed);
    }
    assert.equal(kidOf('01234567'), bob.kid);
    assert.equal(kidOf('0123456A'), carol.kid);
  });

  it('takes fewer digits, other letters and parts of a name for nobody', () => {
    for (const typed of ['0123456', 'Agent-B', 'Bob', 'bob', '', 'ffffffff', '0123456789g']) {
      assert.equal(kidOf(typed), 'none', typed);
    }
  });

  it('chooses nobody among several, also when one only took the name or id of the other', () => {
    const namesake = agent('ffff0000', 'mallory', 'agent-b');
    const idsake = agent('eeee0000', "Bob's laptop", 'M');
    const digits = agent('dddd0000', 'x', '01234567');
    for (const [typed, other] of [
      ['agent-b', namesake],
      ["Bob's laptop", idsake],
      ['01234567', digits],
    ] as const) {
      assert.equal(kidOf(typed, [bob, other]), 'several', typed);
      assert.equal(kidOf(typed, [other, bob]), 'several', typed);
    }
    // Nobody can take a whole key id.
    assert.equal(kidOf(bob.kid, [agent('aaaa', 'y', bob.kid), bob]), bob.kid);
  });
});
