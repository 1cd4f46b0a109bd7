import assert from 'node:assert/strict';
import { statusView } from '../../../src/host/views/statusText';
import { anAgent, anOffer, aSnapshot, aTransfer, folderParts, states } from './samples';

const running = (parts: Parameters<typeof aSnapshot>[0]) =>
  statusView({
    kind: 'running',
    snapshot: aSnapshot(parts),
    settings: { config: { actorId: 'anna-laptop' } },
  });
const textOf = (parts: Parameters<typeof aSnapshot>[0]) =>
  running(parts).text.replace('$(arrow-swap) ', '');

describe('the status bar', () => {
  it('says what there is to say, and nothing when there is nothing', () => {
    assert.equal(textOf({}), 'Beeline');
    assert.equal(textOf({ service: { kind: 'connecting' } }), 'Beeline');
    assert.equal(textOf({ transfers: [aTransfer()] }), 'Beeline');
    assert.equal(textOf({ offers: [anOffer(), anOffer({ held: true })] }), 'Beeline: 2 incoming');
    assert.equal(
      textOf({
        transfers: [aTransfer({ state: states.transferring(450) })],
        offers: [anOffer()],
      }),
      'Beeline: 45%, 1 incoming',
    );
  });

  it('says when the service is out of reach, and that this passes by itself', () => {
    const error = { code: 'ATS_UNREACHABLE', message: 'It cannot be reached.' } as const;
    const view = running({ service: { kind: 'unreachable', error } });
    assert.match(view.text, /service unreachable$/);
    assert.match(view.tooltip, /^It cannot be reached\. Beeline keeps trying\.$/);
  });

  it('says under which name others reach this person', () => {
    assert.match(running({}).tooltip, /^Connected\. Others reach you as anna-laptop\.$/);
  });

  it('counts the paired agents that are online, without the blocked ones', () => {
    const online = { kind: 'online', path: 'direct' } as const;
    const agents = [
      anAgent({ presence: online }),
      anAgent(),
      anAgent({ presence: online, blocked: true }),
    ];
    assert.match(running({ agents }).tooltip, /\n1 of 3 paired agents online\./);
    assert.doesNotMatch(running({}).tooltip, /paired/);
  });

  it('says of the first offers who they are from and what is known about that', () => {
    const { tooltip } = running({
      offers: [
        anOffer({ trust: 'verified' }),
        anOffer({ trust: 'claims' }),
        anOffer({ held: true }),
      ],
    });
    assert.match(tooltip, /\n3 offers to answer\.\nreport\.pdf from agent-b \(verified\)\n/);
    assert.match(tooltip, /from somebody who claims to be agent-b, not verified$/);
  });

  it('says how much is interrupted, and what it waits for', () => {
    const transfers = [
      aTransfer({ ...folderParts, state: states.interrupted() }),
      aTransfer({ state: states.stopped('No room.') }),
      aTransfer(),
    ];
    const { text, tooltip } = running({ transfers });
    assert.match(text, /Beeline: 2 interrupted$/);
    assert.match(tooltip, /\n1 transfer running\.\n/);
    assert.match(tooltip, /\nproj: interrupted, resumes when agent-b is back\.\n/);
    assert.match(tooltip, /\nreport\.pdf: interrupted: No room\.$/);
  });

  it('warns of what stands still until this person mends it, of nothing else', () => {
    const warns = (state: ReturnType<typeof states.interrupted>) =>
      running({ transfers: [aTransfer({ state })] }).warns;
    assert.equal(warns(states.stopped('No room.')), true);
    for (const state of [states.interrupted(), states.transferring(1), states.completed()]) {
      assert.equal(warns(state), false);
    }
  });

  it('asks to be set up, and then a click does that', () => {
    const view = statusView({ kind: 'notSetUp' });
    assert.match(view.text, /Set up$/);
    assert.equal(view.action, 'setUp');
  });

  it('says in one sentence why it cannot run', () => {
    const error = { code: 'NATIVE_MISSING', message: 'One sentence.' } as const;
    assert.equal(statusView({ kind: 'failed', error }).tooltip, 'One sentence.');
  });
});
