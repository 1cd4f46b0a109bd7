import assert from 'node:assert/strict';
import { OfferDesk } from '../../src/cli/offerDesk';
import type { Report } from '../../src/cli/output/report';
import type { OfferPolicy } from '../../src/cli/offerPolicy';
import { TransferWatch } from '../../src/cli/transferWatch';
import type { Decision } from '../../src/core/engine';
import type { IncomingOffer, OfferClosedReason } from '../../src/core/events';

type Parts = ConstructorParameters<typeof OfferDesk>;

const transferId = 'ab'.repeat(16);
const offer = {
  ...{ transferId, senderId: 'agent-b', fileName: 'a', safeName: 'a', fileSize: 1, channel: 'c' },
  ...{ kind: 'file', roots: 1, entries: 1, trust: 'unverified', createdAt: '2026-01-01T00:00:00Z' },
  ...{ allowed: false, stranger: false, held: false },
} as const satisfies IncomingOffer;

/** If this fails, `listen` answers an offer twice, or not at all after its sender is let in again. */
describe('where offers are looked at in the terminal', () => {
  const withDesk = (pairedOnly: boolean) => {
    const told: Report[] = [];
    const answers: Decision[] = [];
    const reporter = { tell: (report: Report) => told.push(report), note: () => undefined };
    const watch = new TransferWatch(reporter as unknown as Parts[2]);
    const policy: OfferPolicy = {
      ...{ allow: undefined, maxSize: undefined, ask: false, pairedOnly },
      ...{ update: false, allowDelete: false },
    };
    const engine = {
      answer: (_id: string, decision: Decision) => {
        answers.push(decision);
        return Promise.resolve();
      },
    };
    const session = { interruption: new AbortController() };
    const parts = [engine, watch, reporter, session, { policy, saveDirectory: '/saved' }];
    const desk = new OfferDesk(...(parts as unknown as Parts));
    const close = (reason: OfferClosedReason): void => {
      desk.take({ type: 'offerClosed', transferId, reason });
    };
    const ask = (): void => {
      desk.take({ type: 'offer', offer });
    };
    return { told, answers, ask, close };
  };

  it('looks at one once, however often it is told of it', () => {
    const { told, answers, ask, close } = withDesk(false);
    ask();
    ask();
    close('accepted');
    ask();
    assert.equal(answers.length, 1);
    assert.equal(told.length, 1);
  });

  it('looks again at one that was taken away, unless it has accepted that', () => {
    const left = withDesk(true);
    left.ask();
    left.close('withdrawn');
    left.ask();
    left.close('expired');
    left.ask();
    assert.equal(left.told.length, 2);
    const taken = withDesk(false);
    taken.ask();
    taken.close('withdrawn');
    taken.ask();
    assert.equal(taken.answers.length, 1);
  });
});
