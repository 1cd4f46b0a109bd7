import path from 'node:path';
import { errors } from '../core/errors';
import { followFolder } from '../core/sync/folderSync';
import { exitCodeOf, exitCodes } from './exitCode';
import type { SyncFlags } from './flags';
import { letGo, openHomeEngine } from './homeEngine';
import { displayText } from './output/displayText';
import { pairedAgentOf } from './recipient';
import { tellMeasure, withdraw } from './send';
import { withReporter, type Session } from './session';
import { RoundFailed, SyncRounds } from './syncRounds';
import { TransferWatch } from './transferWatch';

/** `beeline sync`: round after round, until it is interrupted or cannot go on. */
export function sync(typed: string, flags: SyncFlags, session: Session): Promise<number> {
  return withReporter(session, flags.json, async (reporter) => {
    session.interruption.endWithReader();
    const { signal, happened } = session.interruption;
    const { channel, ...shared } = flags;
    const { engine, config } = await openHomeEngine(shared, session, reporter);
    const watch = new TransferWatch(reporter);
    const agent = await engine
      .snapshot()
      .then(({ agents }) => pairedAgentOf(flags.to, agents))
      .catch(async (thrown: unknown) => {
        await letGo(engine);
        throw thrown;
      });
    const source = {
      paths: [path.resolve(session.cwd, typed)],
      leaveOutIgnored: flags.gitignore === true,
    };
    const removes = flags.delete === true;
    const rounds = new SyncRounds(engine, watch, reporter, {
      ...{ source, agent, typed, removes },
      channel: channel ?? config.channel,
      once: flags.once === true,
    });
    const stopListening = engine.onEvent((event) => {
      watch.take(event);
      rounds.take(event);
    });
    try {
      const { kind } = await tellMeasure(engine, reporter, source);
      if (kind !== 'folder') {
        throw errors.configInvalid(
          `${displayText(typed)} is a file, and sync keeps folders in step. Use beeline send.`,
        );
      }
      let told = false;
      const round = async (): Promise<void> => {
        await rounds.next(signal);
        if (told || flags.once === true || signal.aborted) return;
        told = true;
        const { kid, name, fingerprint, actorId: to } = agent;
        const about = { path: typed, to, agent: { kid, name, fingerprint }, delete: removes };
        reporter.tell({ event: 'watching', ...about });
      };
      const work = flags.once === true ? round() : followFolder(source, round, signal);
      const done = work.then(
        () => exitCodes.done,
        (thrown: unknown) => {
          if (thrown instanceof RoundFailed) return exitCodeOf(thrown.code);
          if (signal.aborted) return exitCodes.done;
          throw thrown;
        },
      );
      const code = await Promise.race([done, happened]);
      if (session.interruption.exitCode === undefined) return code;
      await withdraw(engine, watch, done);
      return session.interruption.exitCode;
    } finally {
      stopListening();
      await letGo(engine);
    }
  });
}
