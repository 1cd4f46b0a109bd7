import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SourceRequest } from '../core/engine';
import { toBeelineError, type ErrorCode } from '../core/errors';
import type { Agent } from '../core/events';
import { followFolder } from '../core/sync/folderSync';
import { exitCodeOf, exitCodes } from './exitCode';
import type { SyncFlags } from './flags';
import { letGo, openHomeEngine, type HomeEngine } from './homeEngine';
import { pairedAgentOf } from './recipient';
import { tellMeasure, withdraw } from './send';
import { withReporter, type Session } from './session';
import { TransferWatch, type Outcome } from './transferWatch';

/** Bytes of a transfer id. */
const TRANSFER_ID_BYTES = 16;

/** After these, another round would end in the same way until somebody has decided otherwise. */
const final: readonly ErrorCode[] = [
  'DECLINED',
  'NOT_ALLOWED',
  'CANCELLED',
  'CANCELLED_BY_PEER',
  'AGENT_UNKNOWN',
  'AGENT_BLOCKED',
  'IDENTITY_CHANGED',
  'IDENTITY_EXPOSED',
  'IDENTITY_MISSING',
  'IDENTITY_DAMAGED',
  'PATH_NOT_FOUND',
  'NOT_A_FILE',
  'CONFIG_INVALID',
  'TOO_LARGE',
];

/** `beeline sync`: round after round, until it is interrupted or cannot go on. */
export function sync(typed: string, flags: SyncFlags, session: Session): Promise<number> {
  return withReporter(session, flags.json, async (reporter) => {
    session.interruption.endWithReader();
    const { channel, ...shared } = flags;
    const home = await openHomeEngine(shared, session, reporter);
    const { engine } = home;
    const watch = new TransferWatch(reporter);
    const stopListening = engine.onEvent((event) => {
      watch.take(event);
    });
    try {
      const agent = pairedAgentOf(flags.to, (await engine.snapshot()).agents);
      const source = {
        paths: [path.resolve(session.cwd, typed)],
        leaveOutIgnored: flags.gitignore === true,
      };
      await tellMeasure(engine, reporter, source);
      const round = rounds(
        home,
        watch,
        { source, agent, typed, flags, channel },
        session.interruption.signal,
      );
      const work =
        flags.once === true
          ? round()
          : followFolder(
              source,
              async () => {
                await round();
                reporter.tell({
                  event: 'watching',
                  path: typed,
                  to: agent.actorId,
                  agent: { kid: agent.kid, name: agent.name, fingerprint: agent.fingerprint },
                  delete: flags.delete === true,
                });
              },
              session.interruption.signal,
            );
      const done = work.then(
        () => exitCodes.done,
        (thrown: unknown) => {
          if (thrown instanceof RoundFailed) return exitCodeOf(thrown.code);
          throw thrown;
        },
      );
      const code = await Promise.race([done, session.interruption.happened]);
      if (session.interruption.exitCode === undefined) return code;
      await withdraw(engine, watch, done);
      return session.interruption.exitCode;
    } finally {
      stopListening();
      await letGo(engine);
    }
  });
}

/** A round ended for good; why was told as it happened. */
class RoundFailed extends Error {
  constructor(readonly code: ErrorCode) {
    super(code);
  }
}

/** One offer, followed to its end; offered again when only the moment was wrong. */
function rounds(
  { engine, config }: HomeEngine,
  watch: TransferWatch,
  about: {
    readonly source: SourceRequest;
    readonly agent: Agent;
    readonly typed: string;
    readonly flags: SyncFlags;
    readonly channel: string | undefined;
  },
  signal: AbortSignal,
): () => Promise<void> {
  const { source, agent, typed, flags, channel } = about;
  const offer = async (): Promise<Outcome> => {
    const transferId = randomBytes(TRANSFER_ID_BYTES).toString('hex');
    const outcome = watch.follow(transferId, typed);
    try {
      await engine.offer({
        transferId,
        ...source,
        recipientId: agent.actorId,
        agent: agent.kid,
        channel: channel ?? config.channel,
        sync: { delete: flags.delete === true },
      });
    } catch (thrown) {
      watch.fail(transferId, toBeelineError(thrown).toData());
    }
    return outcome;
  };
  return async () => {
    while (!signal.aborted) {
      const outcome = await offer();
      if (outcome.kind === 'completed') return;
      const { code } = outcome.error;
      if (flags.once === true || final.includes(code)) throw new RoundFailed(code);
      // The person who ends it does not wait for the next try.
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  };
}

/** Milliseconds until a round that failed for the moment is tried again. */
const RETRY_MS = 5000;
