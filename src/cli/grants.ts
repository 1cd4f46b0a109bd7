import { exitCodes } from './exitCode';
import type { GrantsFlags } from './flags';
import { letGo, openHomeEngine } from './homeEngine';
import { byIdStart } from './idStart';
import { withReporter, type Session } from './session';

/** `beeline grants`: the folders here that paired agents keep in step with theirs. */
export function grants(flags: GrantsFlags, session: Session): Promise<number> {
  return withReporter(session, flags.json, async (reporter) => {
    const { engine } = await openHomeEngine(flags, session, reporter);
    try {
      const all = (await engine.snapshot()).grants;
      for (const grant of all) reporter.tell({ event: 'grant', ...grant });
      if (all.length === 0) reporter.note('No agent keeps a folder here in step.');
      return exitCodes.done;
    } finally {
      await letGo(engine);
    }
  });
}

/** `beeline grants revoke`. */
export function revokeGrant(typed: string, flags: GrantsFlags, session: Session): Promise<number> {
  return withReporter(session, flags.json, async (reporter) => {
    const { engine } = await openHomeEngine(flags, session, reporter);
    try {
      const all = (await engine.snapshot()).grants;
      const grant = byIdStart(typed, all, ({ grantId }) => grantId, 'grant');
      await engine.revokeGrant(grant.grantId);
      reporter.tell({ event: 'revoked', ...grant });
      return exitCodes.done;
    } finally {
      await letGo(engine);
    }
  });
}
