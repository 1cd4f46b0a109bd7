import type { Engine } from '../core/engine';
import { checkConfig, type EngineConfig } from '../core/engineConfig';
import { HomeEngine } from './homeEngine';

export interface OpenEngineOptions {
  /** The home folder, absolute; created with mode 0700. */
  readonly home: string;
  /** Put in force if this process becomes the owner of a home that nobody runs. */
  readonly config: EngineConfig;
  /** Version of this program, for the handshake. */
  readonly version: string;
  /** Diagnostics without secrets. */
  readonly log?: (line: string) => void;
}

/**
 * The engine of a home: run here when no process runs it yet, else shared over the home's socket.
 * When the owner goes, one of the others takes over; the façade stays the same object throughout.
 */
export interface SharedEngine extends Engine {
  /** Whether the engine runs in this process right now. */
  readonly isOwner: boolean;
}

/** @throws HOME_UNUSABLE, SERVICE_VERSION, CONFIG_INVALID */
export async function openEngine(options: OpenEngineOptions): Promise<SharedEngine> {
  checkConfig(options.config);
  const engine = new HomeEngine(options);
  await engine.open();
  return engine;
}
