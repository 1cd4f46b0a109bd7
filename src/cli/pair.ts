import { errors, fromData, type BeelineError } from '../core/errors';
import type { Agent, EngineSnapshot } from '../core/events';
import { newId } from '../core/newId';
import type { SharedEngine } from '../service/openEngine';
import { PairingFollower } from '../service/pairingFollower';
import { identityOf } from './agentReport';
import { exitCodes } from './exitCode';
import type { PairFlags } from './flags';
import { letGo, openHomeEngine } from './homeEngine';
import { InputLines } from './inputLines';
import { ExpiryLine } from './output/expiryLine';
import type { OwnIdentity } from './output/pairingReport';
import type { Reporter } from './output/report';
import { confirmer } from './pairConfirm';
import { withReporter, type Session } from './session';

/** Milliseconds for telling the other side that it is over, before leaving without. */
const GOODBYE_MS = 5000;

/** `beeline pair`: makes an invite, or uses one, and follows it until both books are written. */
export function pair(
  typed: string | undefined,
  flags: PairFlags,
  session: Session,
): Promise<number> {
  return withReporter(session, flags.json, async (reporter) => {
    const lines = new InputLines(session.stdin);
    const expiry = new ExpiryLine(
      session.stderr.isTTY && flags.json !== true ? session.stderr : undefined,
    );
    const confirm = confirmer(flags, session, reporter, lines);
    const code = typed === '-' ? await readCode(session, reporter, lines) : typed;
    if (session.interruption.exitCode !== undefined) return session.interruption.exitCode;
    const { engine, config } = await openHomeEngine(flags, session, reporter);
    try {
      const self = ownIdentity(await engine.snapshot(), config.actorId);
      const pairingId = newId();
      const talk = new PairingFollower(engine, pairingId, (card, signal) => {
        expiry.clear();
        const { known } = card;
        const report = { event: 'confirm', agent: identityOf(card), known, self } as const;
        reporter.tell(report);
        return confirm(report, signal);
      });
      await begin(code, talk, engine, reporter, expiry);
      return await ended(talk, session, reporter);
    } finally {
      expiry.clear();
      lines.close();
      await letGo(engine);
    }
  });
}

async function begin(
  code: string | undefined,
  talk: PairingFollower,
  engine: SharedEngine,
  reporter: Reporter,
  expiry: ExpiryLine,
): Promise<void> {
  if (code === undefined) {
    const invite = await talk.begin((id) => engine.invite(id));
    const { link, expiresAt } = invite;
    reporter.tell({ event: 'invite', code: invite.code, link, expiresAt });
    expiry.show(expiresAt);
  } else {
    await talk.begin((id) => engine.join(id, code));
    reporter.note('Looking for the other side.');
  }
}

async function ended(talk: PairingFollower, session: Session, reporter: Reporter): Promise<number> {
  const { interruption } = session;
  const outcome = await Promise.race([
    talk.ended.catch((thrown: unknown) => thrown as BeelineError),
    interruption.happened,
  ]);
  // A question that Ctrl-C took from the screen looks like a no, and is none.
  if (interruption.exitCode !== undefined && !isAgent(outcome)) {
    await withinGoodbye(talk.cancel());
    return interruption.exitCode;
  }
  if (!isAgent(outcome)) throw outcome as BeelineError;
  reporter.tell({ event: 'paired', agent: identityOf(outcome) });
  return exitCodes.done;
}

function isAgent(outcome: Agent | BeelineError | number): outcome is Agent {
  return typeof outcome === 'object' && 'kid' in outcome;
}

/** The first line of standard input, so that a code need not be on the command line. */
async function readCode(session: Session, reporter: Reporter, lines: InputLines): Promise<string> {
  if (session.stdin.isTTY) reporter.note("Paste the other side's code or link:");
  const code = (await lines.next(session.interruption.signal))?.trim() ?? '';
  if (session.stdin.isTTY) lines.close();
  if (code === '' && !session.interruption.signal.aborted) {
    throw errors.configInvalid('Standard input brought no code. Give it as one line.');
  }
  return code;
}

/** @throws IDENTITY_*, BOOK_* when this home cannot pair */
function ownIdentity({ self }: EngineSnapshot, actorId: string): OwnIdentity {
  if (self.kind === 'unavailable') throw fromData(self.error);
  return { id: actorId, kid: self.kid, fingerprint: self.fingerprint };
}

async function withinGoodbye(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GOODBYE_MS);
  });
  await Promise.race([work.catch(() => undefined), limit]);
  clearTimeout(timer);
}
