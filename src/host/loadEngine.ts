import { createRequire } from 'node:module';
import type * as EngineBundle from './engineEntry';

/** Loads `engine.js`, which lies beside the bundle this is part of. Cached by Node afterwards. */
export function loadEngine(): typeof EngineBundle {
  // Opaque to esbuild on purpose: a plain import would be bundled back into the extension.
  return createRequire(__filename)('./engine.js') as typeof EngineBundle;
}
