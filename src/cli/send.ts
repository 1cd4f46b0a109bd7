import path from 'node:path';
import type { Engine, SourceRequest, SourceSummary } from '../core/engine';
import { toBeelineError } from '../core/errors';
import { newId } from '../core/newId';
import { exitCodeOf, exitCodes, worstExitCode } from './exitCode';
import type { SendFlags } from './flags';
import { letGo, openHomeEngine } from './homeEngine';
import { displayText } from './output/displayText';
import type { Reporter } from './output/report';
import { recipientOf, type Recipient } from './recipient';
import { withReporter, type Session } from './session';
import { ServicePatience } from '../service/servicePatience';
import { DEFAULT_TERMINAL_OFFER_MS } from './settings';
import { TransferWatch, type Outcome } from './transferWatch';

/**
 * `beeline send`: one offer for all paths to a paired agent, one for each path to anybody else, each
 * followed to its end.
 */
export function send(
  paths: readonly string[],
  flags: SendFlags,
  session: Session,
): Promise<number> {
  return withReporter(session, flags.json, async (reporter) => {
    // The channel of an offer is its own, so it need not be the one that the engine listens on.
    const { channel, ...shared } = flags;
    const { engine, config } = await openHomeEngine(shared, session, reporter);
    const watch = new TransferWatch(reporter);
    try {
      const to = recipientOf(flags.to, (await engine.snapshot()).agents);
      const leaveOutIgnored = flags.gitignore === true;
      const parcels = (to.agent === undefined ? paths.map((one) => [one]) : [paths]).map(
        (typed): Parcel => ({
          typed: typed[0] ?? '',
          source: { paths: typed.map((one) => path.resolve(session.cwd, one)), leaveOutIgnored },
        }),
      );
      const work = offerAll(engine, watch, reporter, parcels, session.interruption.signal, {
        ...to,
        channel: channel ?? config.channel,
        offerLifetimeMs: flags.expires ?? DEFAULT_TERMINAL_OFFER_MS,
      });
      const done = work.then((outcomes) => worstExitCode(outcomes.map(exitCodeFor)));
      const code = await Promise.race([done, session.interruption.happened]);
      if (session.interruption.exitCode !== undefined) await withdraw(engine, watch, done);
      return code;
    } finally {
      await letGo(engine);
    }
  });
}

/** What becomes one offer. */
interface Parcel {
  /** The first path, as the person wrote it. */
  readonly typed: string;
  readonly source: SourceRequest;
}

async function offerAll(
  engine: Engine,
  watch: TransferWatch,
  reporter: Reporter,
  parcels: readonly Parcel[],
  signal: AbortSignal,
  request: Recipient & {
    readonly channel: string;
    readonly offerLifetimeMs: number;
  },
): Promise<readonly Outcome[]> {
  const patience = new ServicePatience((error) => {
    if (request.agent !== undefined) {
      // A paired agent is reached without the service, as soon as there is a link to it.
      reporter.note(`${displayText(error.message, MAX_MESSAGE)} Waiting for a link to the agent.`);
      return;
    }
    for (const transferId of watch.running) {
      // What the service already knows of may still be answered once it is back.
      if (watch.last(transferId)?.taskId !== undefined) continue;
      watch.fail(transferId, error);
      void engine.cancel(transferId).catch(() => undefined);
    }
  });
  const stopListening = engine.onEvent((event) => {
    watch.take(event);
    if (event.type === 'service') patience.take(event.service);
    if (event.type === 'moved') patience.take(event.snapshot.service);
  });
  try {
    const outcomes = parcels.map(async ({ typed, source }) => {
      const transferId = newId();
      const outcome = watch.follow(transferId, typed);
      try {
        if (request.agent !== undefined) await tellMeasure(engine, reporter, source, signal);
        // The person may have changed their mind meanwhile.
        if (!signal.aborted) await engine.offer({ transferId, ...source, ...request });
        else watch.drop(transferId);
      } catch (thrown) {
        const error = toBeelineError(thrown);
        if (signal.aborted && error.code === 'CANCELLED') watch.drop(transferId);
        else watch.fail(transferId, error.toData());
      }
      return outcome;
    });
    patience.take((await engine.snapshot()).service);
    return await Promise.all(outcomes);
  } finally {
    patience.stop();
    stopListening();
  }
}

/** Says what is about to be offered, where its name and size alone would not. */
export async function tellMeasure(
  engine: Engine,
  reporter: Reporter,
  source: SourceRequest,
  signal?: AbortSignal,
): Promise<SourceSummary> {
  const summary = await engine.measure(source, signal);
  if (summary.kind !== 'file') reporter.tell({ event: 'measured', ...summary });
  return summary;
}

/** Characters of an error that quotes the other side. */
const MAX_MESSAGE = 600;

/** Milliseconds for telling the other side that it is over, before leaving without. */
const GOODBYE_MS = 5000;

/** Ends on both sides what this process began, or those of it that are given. */
export async function withdraw(
  engine: Engine,
  watch: TransferWatch,
  ended: Promise<unknown>,
  ids: readonly string[] = watch.running,
): Promise<void> {
  const cancelled = Promise.allSettled(ids.map((id) => engine.cancel(id)));
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GOODBYE_MS);
  });
  await Promise.race([Promise.allSettled([cancelled, ended]), limit]);
  clearTimeout(timer);
}

export function exitCodeFor(outcome: Outcome): number {
  return outcome.kind === 'completed' ? exitCodes.done : exitCodeOf(outcome.error.code);
}
