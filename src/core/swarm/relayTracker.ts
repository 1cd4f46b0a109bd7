import type HyperDHT from 'hyperdht';
import type NoiseStream from '@hyperswarm/secret-stream';
import { gated } from '../wire/frameGate';

/** Knows which connections of a node run through a blind relay at this moment. */
export interface RelayTracker {
  /** A connection that began at a relay becomes direct where it stands, once a hole is punched. */
  isRelayed(stream: NoiseStream): boolean;
}

/**
 * HyperDHT goes to a relay by its own `connect` with nothing but the relay's key, and shows the
 * stream to nobody. A connection is relayed while its packets go to where such a stream's go.
 */
export function trackRelays(dht: HyperDHT): RelayTracker {
  const known = trackers.get(dht);
  if (known !== undefined) return known;
  const relays = new Set<NoiseStream>();
  const connect = dht.connect.bind(dht);
  dht.connect = (key, options) => {
    const stream = connect(key, options);
    if (options !== undefined) return stream;
    relays.add(stream);
    stream.once('close', () => relays.delete(stream));
    // A relay is blind, not trusted: its frames must not end the process either.
    return gated(stream, () => stream.destroy());
  };
  const tracker: RelayTracker = {
    isRelayed({ rawStream }) {
      for (const { rawStream: relay } of relays) {
        // Null until the relay is found.
        if ((relay as NoiseStream.Raw | null) === null || relay.socket !== rawStream.socket)
          continue;
        if (
          relay.remotePort === rawStream.remotePort &&
          relay.remoteHost === rawStream.remoteHost
        ) {
          return true;
        }
      }
      return false;
    },
  };
  trackers.set(dht, tracker);
  return tracker;
}

const trackers = new WeakMap<HyperDHT, RelayTracker>();
