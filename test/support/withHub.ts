import { rm } from 'node:fs/promises';
import path from 'node:path';
import { startHub, type Hub, type HubOptions } from '../../src/hub/hub';
import { emptyDatabase } from './emptyDatabase';

export interface RunningHub {
  readonly url: string;
  readonly bootstrap: string[];
  /** Stops it and starts another in its place: same state, same ports. */
  restart(): Promise<void>;
  /** The two halves of a restart, for what happens in between, or for another port than before. */
  stop(): Promise<void>;
  start(ports?: Pick<HubOptions, 'port' | 'dhtPort'>): Promise<void>;
}

/** A hub for the tests of one `describe`, on loopback, with an empty database of its own. */
export function withHub(options: HubOptions | (() => Promise<HubOptions>) = {}): RunningHub {
  let folder: string | undefined;
  let hub: Hub | undefined;
  let resolved: HubOptions = {};
  const get = (): Hub => {
    if (hub === undefined) throw new Error('the hub runs from `before` on');
    return hub;
  };
  before(async function () {
    this.timeout(60_000);
    resolved = typeof options === 'function' ? await options() : options;
    if (resolved.databaseUrl === undefined && resolved.dataDir === undefined) {
      folder = await emptyDatabase();
      resolved = { ...resolved, dataDir: path.join(folder, 'data') };
    }
    hub = await startHub(resolved);
  });
  after(async () => {
    await hub?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });
  return {
    get url() {
      return get().url;
    },
    get bootstrap() {
      return get().bootstrap;
    },
    async restart() {
      await this.stop();
      await this.start();
    },
    async stop() {
      await get().stop();
    },
    async start(ports = {}) {
      const { url, bootstrap } = get();
      const portOf = (address: string): number => Number(/:(\d+)$/.exec(address)?.[1]);
      hub = await startHub({
        ...resolved,
        port: portOf(url),
        dhtPort: portOf(bootstrap[0] ?? ''),
        ...ports,
      });
    },
  };
}
