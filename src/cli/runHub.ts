import path from 'node:path';
import type * as HubProduct from '../hub/hub';
import type { HubFlags } from './flags';
import { displayText, jsonLine } from './output/displayText';
import { withReporter, type Session } from './session';

/** Beside this program when both are built; not bundled into it, as few terminals run a hub. */
const PRODUCT = './hub.js';

/** `beeline hub`: runs until it is interrupted. */
export function runHub(flags: HubFlags, session: Session): Promise<number> {
  return withReporter(session, flags.json, async () => {
    const { startHub } = (await import(PRODUCT)) as typeof HubProduct;
    const hub = await startHub(optionsOf(flags, session));
    try {
      session.out.line(
        flags.json === true
          ? jsonLine({
              event: 'ready',
              url: hub.url,
              bootstrap: hub.bootstrap,
              relay: hub.relay,
            })
          : `The hub is ready at ${hub.url} (DHT bootstrap ${hub.bootstrap.join(' ')}).\n` +
              `Agents that cannot reach each other are relayed by ${hub.relay}.\n` +
              `Others use it with --ats-url ${hub.url}. Ctrl-C ends it.`,
      );
      return await session.interruption.happened;
    } finally {
      await hub.stop();
    }
  });
}

function optionsOf(flags: HubFlags, session: Session): HubProduct.HubOptions {
  const token = flags.token ?? session.env['BEELINE_HUB_TOKEN'];
  const databaseUrl =
    flags.databaseUrl ??
    // A folder that was typed is meant; a variable may be left over from another hub.
    (flags.data === undefined ? session.env['BEELINE_DATABASE_URL'] : undefined);
  return {
    ...(flags.host !== undefined && { host: flags.host }),
    ...(flags.port !== undefined && { port: flags.port }),
    ...(flags.dhtPort !== undefined && { dhtPort: flags.dhtPort }),
    ...(flags.data !== undefined && { dataDir: path.resolve(session.cwd, flags.data) }),
    ...(databaseUrl !== undefined && databaseUrl !== '' && { databaseUrl }),
    ...(token !== undefined && token !== '' && { token }),
    log: (line) => {
      if (flags.verbose === true) session.err.line(displayText(line, MAX_LOG_LINE));
    },
  };
}

/** Characters of a diagnostic line. */
const MAX_LOG_LINE = 2000;
