import * as v from 'valibot';
import { errors } from '../core/errors';
import type { ConfirmPairing } from '../service/pairingFollower';
import type { PairFlags } from './flags';
import type { InputLines } from './inputLines';
import { calledText } from './output/peerText';
import { pairingSentence } from './output/pairingSentence';
import type { ConfirmReport } from './output/pairingReport';
import type { Reporter } from './output/report';
import { ask } from './question';
import type { Session } from './session';

/** How this person or program says yes to what the other side has shown. */
export type Confirm = (report: ConfirmReport, signal: AbortSignal) => ReturnType<ConfirmPairing>;

const answerSchema = v.object({ type: v.literal('answer'), accept: v.boolean() });

/**
 * Where the answer comes from: from --yes, from the terminal, or with --json from standard input.
 * @throws CONFIG_INVALID when there would be nobody to ask
 */
export function confirmer(
  flags: PairFlags,
  session: Session,
  reporter: Reporter,
  lines: InputLines,
): Confirm {
  if (flags.yes === true) return () => Promise.resolve(true);
  if (session.canAsk)
    return (report, signal) => onTerminal(report, flags, session, reporter, signal);
  if (flags.json === true) return (_, signal) => fromInput(lines, signal);
  throw errors.configInvalid(
    'There is no terminal to confirm on. Use --json and answer on standard input, or --yes, ' +
      'which trusts whoever has the code.',
  );
}

async function onTerminal(
  report: ConfirmReport,
  flags: PairFlags,
  session: Session,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<boolean> {
  // The JSON is for a program; who is asked reads what they are asked about.
  if (flags.json === true) reporter.note(pairingSentence(report));
  reporter.suspend();
  const text = `Pair with ${calledText(report.agent.name, report.agent.id)}? [y/n] `;
  const reply = await ask({ text }, session, signal);
  reporter.resume();
  return reply === 'yes';
}

async function fromInput(lines: InputLines, signal: AbortSignal): Promise<boolean> {
  const line = await lines.next(signal);
  if (signal.aborted) return false;
  const said = v.safeParse(answerSchema, line === undefined ? undefined : parsed(line));
  if (said.success) return said.output.accept;
  throw errors.configInvalid(
    `${line === undefined ? 'Standard input ended before the answer' : 'Standard input did not bring an answer'}, ` +
      'so nothing was confirmed. Write {"type":"answer","accept":true} as one line, or use --yes.',
  );
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
