import assert from 'node:assert/strict';
import { agentLine } from '../../src/cli/output/agentLine';
import { previewText } from '../../src/cli/output/previewText';
import { agentReport } from '../../src/cli/agentReport';
import { pairedAgentOf, recipientOf } from '../../src/cli/recipient';
import type { Agent } from '../../src/core/events';

const agent = (fields: Partial<Agent> = {}): Agent => ({
  kid: '0123456789abcdef'.repeat(4),
  actorId: 'agent-b',
  name: 'Bob',
  fingerprint: '12345 67890',
  origin: 'https://ats.example',
  pairedAt: '2026-01-01T00:00:00Z',
  allowed: false,
  blocked: false,
  presence: { kind: 'offline' },
  ...fields,
});

describe('whom --to means', () => {
  it('is the paired agent, by id, name or key id, and with its key for the engine', () => {
    const bob = agent();
    for (const typed of ['agent-b', 'Bob', '01234567', bob.kid]) {
      assert.deepEqual(recipientOf(typed, [bob]), { recipientId: 'agent-b', agent: bob.kid });
    }
  });

  it('is an actor of the task service when no agent is called so', () => {
    assert.deepEqual(recipientOf('carol', [agent()]), { recipientId: 'carol' });
    assert.deepEqual(recipientOf('deadbeef', [agent()]), { recipientId: 'deadbeef' });
  });

  it('is nobody where no actor can be called so, nor a key that is not in the book', () => {
    for (const typed of ["Bob's laptop", 'ef'.repeat(32)]) {
      assert.throws(() => recipientOf(typed, [agent()]), { code: 'AGENT_UNKNOWN' });
    }
    assert.throws(() => pairedAgentOf('carol', [agent()]), { code: 'AGENT_UNKNOWN' });
  });

  it('is asked for again when it could be several, who are named so that one can be chosen', () => {
    const other = agent({ kid: 'ef'.repeat(32), actorId: 'mallory', name: 'agent-b\u001b[2J' });
    const namesake = { ...other, name: 'agent-b' };
    for (const find of [recipientOf, pairedAgentOf]) {
      assert.throws(() => find('agent-b', [agent(), namesake]), {
        code: 'CONFIG_INVALID',
        message: /0123456789abcdef Bob \(agent-b\), efefefefefefefef agent-b \(mallory\)/,
      });
    }
    assert.throws(
      () => pairedAgentOf('01234567', [agent(), { ...other, kid: agent().kid.replace(/f$/, '0') }]),
      (error: Error) => !error.message.includes('\u001b'),
    );
  });
});

describe('the line of a paired agent', () => {
  const now = new Date('2026-01-03T00:00:00Z');
  const line = (fields: Partial<Agent>): string => agentLine(agentReport(agent(fields)), now);

  it('says whether it is there, or since when not, also when the clock was set back', () => {
    assert.match(line({ presence: { kind: 'online', path: 'direct' } }), /^online +Bob +agent-b/);
    assert.match(line({ presence: { kind: 'online', path: 'hub' } }), /^online \(via hub\) /);
    assert.match(line({}), /^not seen yet /);
    assert.match(line({ lastSeenAt: '2026-01-02T23:55:00Z' }), /^seen 5 min 0 s ago /);
    assert.match(line({ lastSeenAt: '2025-12-30T00:00:00Z' }), /^seen 4 days ago /);
    assert.match(line({ lastSeenAt: '2027-01-01T00:00:00Z' }), /^seen 10 s ago /);
  });

  it('keeps its columns whatever an agent calls itself', () => {
    const at = (fields: Partial<Agent>): number => line(fields).indexOf('12345 67890');
    for (const name of ['', 'x'.repeat(500), 'a\nb\u202e', '\u001b]0;x\u0007']) {
      assert.equal(at({ name, actorId: 'y'.repeat(128) }), at({}), JSON.stringify(name));
      assert.equal(line({ name }).split('\n').length, 1);
    }
    assert.match(line({ allowed: true, blocked: true }), /12345 67890 {2}allowed {2}blocked$/);
  });
});

describe('the list of what is offered', () => {
  it('shows kinds and sizes, counts what it leaves out, and lets no name act', () => {
    const text = previewText([
      { path: 'a', kind: 'folder', size: 0 },
      { path: 'a/b\u001b[2J', kind: 'file', size: 5 },
      { path: 'a/c', kind: 'link', size: 0 },
    ]);
    assert.equal(text, '  a/\n  a/b (5 bytes)\n  a/c (link)\n  3 in all, 5 bytes');
    const many = Array.from({ length: 1000 }, (_, i) => ({
      ...{ path: String(i), kind: 'file', size: 1 },
    })) as Parameters<typeof previewText>[0];
    assert.match(previewText(many), /… and 800 more\n {2}1000 in all/);
  });
});
