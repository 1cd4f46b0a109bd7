import path from 'node:path';
import { toBeelineError } from '../core/errors';
import { followFolder } from '../core/sync/folderSync';
import { runRound } from '../core/sync/syncRound';
import { exitCodeOf, exitCodes } from './exitCode';
import type { SyncFlags } from './flags';
import { letGo, openHomeEngine } from './homeEngine';
import { pairedAgentOf } from './recipient';
import { tellMeasure } from './send';
import { withReporter, type Session } from './session';
import { SyncTeller } from './syncTeller';

/** `beeline sync`: round after round, until it is interrupted or cannot go on. */
export function sync(typed: string, flags: SyncFlags, session: Session): Promise<number> {
  return withReporter(session, flags.json, async (reporter) => {
    session.interruption.endWithReader();
    const { signal } = session.interruption;
    // The channel of an offer is its own, as with `send`.
    const { channel, ...shared } = flags;
    const { engine, config } = await openHomeEngine(shared, session, reporter);
    try {
      const agent = pairedAgentOf(flags.to, (await engine.snapshot()).agents);
      const target = {
        path: path.resolve(session.cwd, typed),
        leaveOutIgnored: flags.gitignore === true,
        recipientId: agent.actorId,
        agent: agent.kid,
        channel: channel ?? config.channel,
        delete: flags.delete === true,
      };
      const { kid, name, fingerprint, actorId: to } = agent;
      const teller = new SyncTeller(reporter, agent, {
        path: typed,
        to,
        agent: { kid, name, fingerprint },
        delete: target.delete,
      });
      const stopListening = engine.onEvent((event) => {
        teller.hear(event);
      });
      try {
        const { leaveOutIgnored } = target;
        const source = { paths: [target.path], leaveOutIgnored };
        await tellMeasure(engine, reporter, source, signal);
        if (flags.once === true) {
          await runRound({ engine, ...target, signal }, ({ transferId, transfer }) => {
            teller.round(transferId, transfer);
          });
        } else {
          const onRound = teller.take.bind(teller);
          await followFolder({ engine, ...target, signal, onRound });
        }
        return session.interruption.exitCode ?? exitCodes.done;
      } catch (thrown) {
        const error = toBeelineError(thrown);
        if (session.interruption.exitCode !== undefined) return session.interruption.exitCode;
        if (teller.hasTold(error)) return exitCodeOf(error.code);
        throw error;
      } finally {
        stopListening();
      }
    } finally {
      await letGo(engine);
    }
  });
}
