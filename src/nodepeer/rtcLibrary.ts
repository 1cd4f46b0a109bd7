import type * as NodeDataChannel from 'node-datachannel';
import { errors } from '../core/errors';

export type RtcLibrary = Pick<typeof NodeDataChannel, 'PeerConnection'>;

/** How many hold the library in this process: its threads keep the process alive until let go. */
let holders = 0;

/**
 * Loads the peer connections, which only terminals with a chat need.
 * @throws PART_MISSING when they are not installed, or not for this system
 */
export async function holdRtcLibrary(): Promise<{
  readonly library: RtcLibrary;
  /** To be called once, after the last connection was closed. */
  readonly letGo: () => void;
}> {
  const library = await load();
  holders += 1;
  let isHeld = true;
  return {
    library,
    letGo: () => {
      if (!isHeld) return;
      isHeld = false;
      holders -= 1;
      if (holders === 0) library.cleanup();
    },
  };
}

const PACKAGE = 'node-datachannel';

async function load(): Promise<typeof NodeDataChannel> {
  try {
    return await import('node-datachannel');
  } catch (cause) {
    // Its binary is a package of its own for each system, which can be absent as well.
    throw errors.partMissing(PACKAGE, { cause });
  }
}
