import { createRequire } from 'node:module';
import { errors } from '../core/errors';
import type * as EngineBundle from './engineEntry';

/**
 * Loads `engine.js`, which lies beside the bundle this is part of. Cached by Node afterwards.
 * @throws NATIVE_MISSING where the native parts of the network stack do not exist or do not load
 */
export function loadEngine(): typeof EngineBundle {
  try {
    // Opaque to esbuild on purpose: a plain import would be bundled back into the extension.
    return createRequire(__filename)('./engine.js') as typeof EngineBundle;
  } catch (cause) {
    if (!isNativeFailure(cause)) throw cause;
    throw errors.nativeMissing(`${process.platform}-${process.arch}`, { cause });
  }
}

/** No binary for this system, or one that its C library refuses. */
function isNativeFailure(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const { code } = cause as NodeJS.ErrnoException;
  return (
    code === 'ERR_DLOPEN_FAILED' ||
    (code === 'MODULE_NOT_FOUND' && cause.message.includes('prebuilds'))
  );
}
