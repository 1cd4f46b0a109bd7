import { toBeelineError } from '../core/errors';
import { exitCodeOf } from './exitCode';
import type { Interruption } from './interruption';
import { BarReporter } from './output/barReporter';
import { JsonReporter } from './output/jsonReporter';
import { LineReporter } from './output/lineReporter';
import type { LineSink, Reporter } from './output/report';

/** The process as the commands see it. */
export interface Session {
  readonly version: string;
  readonly cwd: string;
  readonly userHome: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly out: LineSink;
  readonly err: LineSink;
  readonly interruption: Interruption;
  /** Whether there is somebody to ask: input and the place for questions are a terminal. */
  readonly canAsk: boolean;
}

/** Runs a command's work; whatever it throws becomes a `failed` report and an exit code. */
export async function withReporter(
  session: Session,
  json: boolean | undefined,
  work: (reporter: Reporter) => Promise<number>,
): Promise<number> {
  const reporter = reporterFor(session, json);
  try {
    return await work(reporter);
  } catch (thrown) {
    const error = toBeelineError(thrown);
    reporter.tell({ event: 'failed', ...error.toData() });
    return exitCodeOf(error.code);
  } finally {
    reporter.close();
  }
}

function reporterFor(session: Session, json: boolean | undefined): Reporter {
  if (json === true) return new JsonReporter(session.out, session.err);
  if (session.stdout.isTTY) return new BarReporter(session.stdout, session.err);
  return new LineReporter(session.out, session.err);
}
