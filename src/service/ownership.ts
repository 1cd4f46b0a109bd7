import { rm } from 'node:fs/promises';
import type { Engine } from '../core/engine';
import { startEngine } from '../core/engine/startEngine';
import type { EngineConfig } from '../core/engineConfig';
import { errors, toBeelineError } from '../core/errors';
import type { EngineEvent } from '../core/events';
import type { Home } from '../core/home/home';
import { EngineServer } from './engineServer';
import type { MeetingPlace } from './meetingPlace';
import { isAlive } from './openSocket';
import { OwnedEngine } from './ownedEngine';

/** Milliseconds between looks whether the socket still leads here. */
const LOOK_MS = 2000;

interface ClaimOptions {
  readonly home: string;
  readonly store: Home;
  readonly place: MeetingPlace;
  readonly config: EngineConfig;
  readonly version: string;
  readonly log: (line: string) => void;
  readonly hooks: {
    onEvent(event: EngineEvent): void;
    onConfigured(config: EngineConfig): void;
    /** Somebody removed the socket, so that others may own the home by now. */
    onLost(ownership: Ownership): void;
  };
}

/** The engine of a home, running in this process and given to all others. */
export class Ownership {
  private ended: Promise<void> | undefined;
  private watch: NodeJS.Timeout | undefined;

  private constructor(
    readonly engine: Engine,
    private readonly server: EngineServer,
  ) {}

  /**
   * Undefined when somebody else was faster.
   * @throws HOME_UNUSABLE, CONFIG_INVALID
   */
  static async claim(options: ClaimOptions): Promise<Ownership | undefined> {
    const { store, config, version, log, hooks } = options;
    const server = await bindAlone(options);
    if (server === undefined) return undefined;
    try {
      const engine = new OwnedEngine(
        await startEngine({ config, home: store, log }),
        (configured) => {
          hooks.onConfigured(configured);
          server.configured(configured);
        },
      );
      engine.onEvent((event) => {
        hooks.onEvent(event);
      });
      server.serve(engine, config, version);
      const ownership = new Ownership(engine, server);
      ownership.stayReachable(options);
      return ownership;
    } catch (thrown) {
      await server.close();
      throw thrown;
    }
  }

  /** The engine first: whoever takes over must find the journals closed. */
  end(options: { readonly keepOffers: boolean }): Promise<void> {
    clearInterval(this.watch);
    this.ended ??= this.engine.stop(options).finally(() => this.server.close());
    return this.ended;
  }

  private stayReachable({ log, hooks }: ClaimOptions): void {
    this.watch = setInterval(() => {
      void this.server.isReachable().then((reachable) => {
        if (reachable || this.ended !== undefined) return;
        log('the local socket was removed');
        hooks.onLost(this);
      });
    }, LOOK_MS);
    this.watch.unref();
  }
}

/**
 * Binds the next socket, and keeps it only when it is alone. Two that come at the same moment bind
 * one after the other; the later sees the earlier listen, and the earlier, when it was not listening
 * yet, sees the later's socket. Both may give way; never do both stay.
 */
async function bindAlone(options: ClaimOptions): Promise<EngineServer | undefined> {
  const { place, home, log } = options;
  const path = place.after(await place.list());
  let server: EngineServer;
  try {
    server = await EngineServer.bind(path, log);
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    // Bound before us; or bound by us, and removed by another that found it dead before we listened.
    const isTaken = code === 'EADDRINUSE' || (code === 'ENOENT' && syscall !== 'listen');
    if (isTaken) return undefined;
    throw errors.homeUnusable(home, toBeelineError(cause).message, { cause });
  }
  try {
    const all = await place.list();
    const others = all.filter((other) => other !== path);
    const alone =
      all[0] === path && !(await Promise.all(others.map((other) => isAlive(other)))).includes(true);
    if (alone) {
      // What is no socket and cannot be removed does no harm.
      await Promise.allSettled(others.map((dead) => rm(dead, { force: true })));
      return server;
    }
  } catch (thrown) {
    await server.close();
    throw thrown;
  }
  await server.close();
  return undefined;
}
