import type HyperDHT from 'hyperdht';
import type NoiseWrapClass from 'hyperdht/lib/noise-wrap.js';
import type HyperswarmClass from 'hyperswarm';
import type NoiseStreamClass from '@hyperswarm/secret-stream';
import type ProtomuxClass from 'protomux';
import { errors } from '../errors';

/** What stands on native parts. */
export interface Network {
  readonly Dht: typeof HyperDHT;
  readonly Hyperswarm: typeof HyperswarmClass;
  readonly NoiseStream: typeof NoiseStreamClass;
  readonly NoiseWrap: typeof NoiseWrapClass;
  readonly Protomux: typeof ProtomuxClass;
}

/**
 * Loaded when first needed: the native parts take a while, and are missing on some systems.
 * @throws NATIVE_MISSING
 */
export async function loadNetwork(): Promise<Network> {
  try {
    const [dht, hyperswarm, noiseStream, noiseWrap, protomux] = await Promise.all([
      import('hyperdht'),
      import('hyperswarm'),
      import('@hyperswarm/secret-stream'),
      import('hyperdht/lib/noise-wrap.js'),
      import('protomux'),
    ]);
    return {
      Dht: dht.default,
      Hyperswarm: hyperswarm.default,
      NoiseStream: noiseStream.default,
      NoiseWrap: noiseWrap.default,
      Protomux: protomux.default,
    };
  } catch (cause) {
    throw errors.nativeMissing(`${process.platform}-${process.arch}`, { cause });
  }
}
