import assert from 'node:assert/strict';
import type { Agent } from '../../../src/core/events';
import { agentPickRows, agentRow, agentsInOrder } from '../../../src/host/text/agentText';
import { anAgent, HOSTILE } from './samples';

const NOW = Date.parse('2025-01-02T12:00:00Z');
const online = (path: 'direct' | 'relay' | 'hub' = 'direct'): Agent['presence'] => ({
  kind: 'online',
  path,
});
const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();

describe('the row of a paired agent', () => {
  const descriptionOf = (parts: Partial<Agent>) => agentRow(anAgent(parts), NOW).description;

  it('says whether it is there, and how its bytes go', () => {
    assert.equal(descriptionOf({ presence: online() }), 'agent-b · online (direct)');
    assert.equal(descriptionOf({ presence: online('relay') }), 'agent-b · online (relayed)');
    assert.equal(descriptionOf({ presence: online('hub') }), 'agent-b · online (through the hub)');
  });

  it('says its id once', () => {
    const row = agentRow(anAgent({ name: 'agent-b' }), NOW);
    assert.deepEqual([row.label, row.description], ['agent-b', 'not seen yet']);
  });

  it('says when it was there last', () => {
    const said = (minutes: number) => descriptionOf({ lastSeenAt: ago(minutes) });
    assert.equal(said(5), 'agent-b · last seen 5 min ago');
    assert.equal(said(0), 'agent-b · last seen just now');
    assert.equal(said(-30), 'agent-b · last seen just now');
    assert.equal(said(125), 'agent-b · last seen 2 h ago');
    assert.equal(said(60 * 24), 'agent-b · last seen 1 day ago');
    assert.equal(descriptionOf({}), 'agent-b · not seen yet');
    assert.equal(descriptionOf({ lastSeenAt: 'nonsense' }), 'agent-b · not seen yet');
  });

  it('never says online of one that is blocked', () => {
    const row = agentRow(anAgent({ presence: online(), blocked: true, allowed: true }), NOW);
    assert.equal(row.description, 'agent-b · blocked');
    assert.equal(row.contextValue, 'agent blocked allowed');
    assert.doesNotMatch(row.tooltip, /without asking/);
  });

  it('shows the whole fingerprint, since when it is paired, and where', () => {
    const { tooltip } = agentRow(anAgent({ fingerprint: '12345 '.repeat(6).trim() }), NOW);
    assert.ok(tooltip.includes('Fingerprint: 12345 12345 12345 12345 12345 12345'));
    assert.ok(tooltip.includes('Paired since 2025-01-01, at https\\:\\/\\/hub\\.example\\.org'));
  });

  it('makes neither icon nor link nor heading of what the agent calls itself', () => {
    const words = { name: HOSTILE, actorId: HOSTILE, origin: HOSTILE, fingerprint: HOSTILE };
    const row = agentRow(anAgent(words), NOW);
    assert.ok(!`${row.label}${row.description}`.includes('$('));
    // Our own signs are the two pairs of stars; every other one is escaped.
    const signs = row.tooltip.replace(/\\[!-/:-@[-`{-~]/g, '').replace(/[^!-/:-@[-`{-~]/g, '');
    assert.equal(signs, '****,:-' + '-,');
    assert.equal(row.tooltip.split('\n\n').length, 4);
  });

  it('can be told apart when two agents call themselves the same', () => {
    const [a, b] = ['a', 'b'].map((digit) => agentRow(anAgent({ kid: digit.repeat(64) }), NOW));
    assert.notEqual(a?.id, b?.id);
  });
});

describe('the order of agents', () => {
  const names = (...agents: Agent[]) => agentsInOrder(agents).map(({ name }) => name);

  it('is: who is there, who was there last, who never was, who is blocked', () => {
    const sorted = names(
      anAgent({ name: 'blocked', blocked: true, presence: online(), lastSeenAt: ago(0) }),
      anAgent({ name: 'never' }),
      anAgent({ name: 'yesterday', lastSeenAt: ago(1440) }),
      anAgent({ name: 'online', presence: online() }),
      anAgent({ name: 'just left', lastSeenAt: ago(1) }),
    );
    assert.deepEqual(sorted, ['online', 'just left', 'yesterday', 'never', 'blocked']);
  });

  it('does not change among those who are there', () => {
    const a = anAgent({ name: 'a', kid: '1', presence: online(), lastSeenAt: ago(9) });
    const b = anAgent({ name: 'b', kid: '2', presence: online(), lastSeenAt: ago(1) });
    assert.deepEqual(names(a, b), names(b, a));
    assert.deepEqual(names(b, a), ['a', 'b']);
  });

  it('holds where a recipient is chosen, without those that are blocked', () => {
    const rows = agentPickRows(
      [
        anAgent({ kid: '1', name: 'away' }),
        anAgent({ kid: '2', name: 'blocked', blocked: true }),
        anAgent({ kid: '3', name: 'here', presence: online() }),
      ],
      NOW,
    );
    assert.deepEqual(
      rows.map(({ label, kid }) => [label, kid]),
      [
        ['here', '3'],
        ['away', '1'],
      ],
    );
    assert.match(rows[0]?.description ?? '', /^agent-b · verified, online/);
  });
});
