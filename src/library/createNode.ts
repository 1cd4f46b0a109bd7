import path from 'node:path';
import { startEngine } from '../core/engine/startEngine';
import {
  checkConfig,
  DEFAULT_ATS_URL,
  DEFAULT_CHANNEL,
  DEFAULT_TIMEOUT_MS,
  type EngineConfig,
} from '../core/engineConfig';
import { errors } from '../core/errors';
import { memoryHome } from '../core/home/memoryHome';
import { openEngine } from '../service/openEngine';
import { packageVersion } from '../service/packageVersion';
import { EngineNode, type NodeEngine } from './engineNode';
import type { BeelineNode, NodeOptions } from './types';

/** ats-p2p's defaults. */
const DEFAULT_ACTOR_ID = 'p2p-node';
const DEFAULT_SAVE_DIR = './incoming';

/**
 * A node that sends and receives files.
 * @throws BeelineError, for instance `CONFIG_INVALID` or `NATIVE_MISSING`
 */
export async function createNode(options: NodeOptions = {}): Promise<BeelineNode> {
  const config = checkConfig(configOf(options));
  return new EngineNode(await engineFor(options, config), config);
}

function configOf(options: NodeOptions): EngineConfig {
  const actorId = options.actorId ?? DEFAULT_ACTOR_ID;
  const apiKey = options.apiKey ?? process.env['ATS_API_KEY'];
  return {
    atsUrl: options.atsUrl ?? DEFAULT_ATS_URL,
    actorId,
    actorName: actorId,
    actorType: 'agent',
    channel: DEFAULT_CHANNEL,
    ...(apiKey === undefined || apiKey === '' ? {} : { apiKey }),
    ...(options.bootstrap === undefined ? {} : { bootstrap: options.bootstrap }),
    ...(options.relays === undefined ? {} : { relays: options.relays }),
    ...(options.directOnly === undefined ? {} : { directOnly: options.directOnly }),
    saveDirectory: path.resolve(DEFAULT_SAVE_DIR),
    ...(options.allowedPeers === undefined ? {} : { allowedPeers: options.allowedPeers }),
    ...(options.maxFileSize === undefined ? {} : { maxFileSize: options.maxFileSize }),
    timeoutMs: options.timeout ?? DEFAULT_TIMEOUT_MS,
  };
}

async function engineFor(options: NodeOptions, config: EngineConfig): Promise<NodeEngine> {
  if (options.home === undefined) {
    // Nothing is declined before the node watches: a node that only sends leaves offers alone.
    const { allowedPeers: _allowed, maxFileSize: _max, ...quiet } = config;
    const engine = await startEngine({ config: quiet, home: memoryHome() });
    return { engine, isOurs: () => true, keepOffers: false, acceptChats: options.acceptChats };
  }
  const home = path.resolve(options.home);
  const engine = await openEngine({ home, config, version: packageVersion() });
  const running = await engine.config();
  const contradicted =
    (options.actorId !== undefined && options.actorId !== running.actorId) ||
    (options.atsUrl !== undefined &&
      new URL(options.atsUrl).origin !== new URL(running.atsUrl).origin);
  if (contradicted) {
    await engine.stop({ keepOffers: true });
    throw errors.homeBusy(
      `Beeline already runs for ${home} as ${running.actorId} at ${running.atsUrl}. ` +
        'Use the same actorId and atsUrl, or another home.',
    );
  }
  return {
    engine,
    isOurs: () => engine.isOwner,
    keepOffers: true,
    acceptChats: options.acceptChats,
  };
}
