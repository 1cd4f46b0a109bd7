import type { Engine } from '../engine';
import { checkConfig, type EngineConfig } from '../engineConfig';
import type { Home } from '../home/home';
import { History } from './history';
import { openPairedParts } from './paired/pairedMode';
import { Peers } from './peers';
import { RunningEngine } from './runningEngine';

/**
 * Starts an engine in this process. Whoever starts it owns the home: for one on disk that is
 * `openEngine`'s business.
 * @throws CONFIG_INVALID, HOME_UNUSABLE
 */
export async function startEngine(options: {
  readonly config: EngineConfig;
  readonly home: Home;
  /** Diagnostics without secrets. */
  readonly log?: (line: string) => void;
}): Promise<Engine> {
  const config = checkConfig(options.config);
  const { home, log = () => undefined } = options;
  const [peers, history, paired] = await Promise.all([
    Peers.open(home),
    History.open(home),
    openPairedParts({ home, log }),
  ]);
  const engine = new RunningEngine({ home, peers, history, paired, log }, config);
  await engine.start();
  return engine;
}
