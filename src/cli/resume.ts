import { toBeelineError } from '../core/errors';
import { isEnded, type EngineSnapshot, type Transfer } from '../core/events';
import { exitCodeOf, worstExitCode } from './exitCode';
import type { ResumeFlags } from './flags';
import { letGo, openHomeEngine } from './homeEngine';
import { byIdStart } from './idStart';
import { exitCodeFor } from './send';
import { withReporter, type Session } from './session';
import { stateReport } from './stateReport';
import { TransferWatch } from './transferWatch';

/**
 * `beeline resume`: says where things stand, goes on with what is interrupted, and stays until that
 * has ended, because the engine may be this process's own.
 */
export function resume(
  typed: string | undefined,
  flags: ResumeFlags,
  session: Session,
): Promise<number> {
  return withReporter(session, flags.json, async (reporter) => {
    const { engine } = await openHomeEngine(flags, session, reporter);
    const watch = new TransferWatch(reporter);
    const asked = new Set<string>();
    const stopListening = engine.onEvent((event) => {
      watch.take(event);
      // What stops again for the same person's sake is told, and is not waited for.
      for (const { transferId, state } of event.type === 'transfer' ? [event.transfer] : []) {
        if (!asked.has(transferId)) continue;
        if (state.kind === 'interrupted' && state.resumes === 'person') {
          watch.leave(transferId, state.error);
        }
      }
    });
    try {
      const chosen = chosenOf(typed, await engine.snapshot());
      for (const transfer of chosen) reporter.tell(stateReport(transfer));
      const open = chosen.filter((transfer) => !isEnded(transfer));
      if (chosen.length === 0) reporter.note('Nothing is interrupted.');
      const ends = open.map(async (transfer) => {
        const { transferId } = transfer;
        const end = watch.follow(transferId);
        try {
          // An answer that is still awaited is nothing that can be hurried.
          asked.add(transferId);
          if (transfer.state.kind !== 'waiting') await engine.resume(transferId);
          await caughtUp(transferId);
        } catch (thrown) {
          watch.fail(transferId, toBeelineError(thrown).toData());
        }
        return exitCodeFor(await end);
      });
      const failed = chosen.flatMap(({ state }) =>
        state.kind === 'failed' ? [exitCodeOf(state.error.code)] : [],
      );
      const done = Promise.all(ends).then((codes) => worstExitCode([...codes, ...failed]));
      // What has not ended is left for the next time: this command began none of it.
      return await Promise.race([done, session.interruption.happened]);
    } finally {
      stopListening();
      await letGo(engine);
    }

    /** It may have ended between the look at it and following it. */
    async function caughtUp(transferId: string): Promise<void> {
      const now = (await engine.snapshot()).transfers.find((one) => one.transferId === transferId);
      if (now !== undefined && isEnded(now)) watch.take({ type: 'transfer', transfer: now });
    }
  });
}

function chosenOf(typed: string | undefined, snapshot: EngineSnapshot): readonly Transfer[] {
  const { transfers } = snapshot;
  if (typed !== undefined) {
    return [byIdStart(typed, transfers, ({ transferId }) => transferId, 'transfer')];
  }
  return transfers.filter(isInterrupted);
}

/** Also what an engine that has only just begun takes up again. */
function isInterrupted({ state, agent }: Transfer): boolean {
  return state.kind === 'interrupted' || (agent !== undefined && state.kind === 'connecting');
}
