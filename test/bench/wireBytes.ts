import Udx from 'udx-native';

const instances = new Set<Udx>();

/**
 * Begins to count, in this process, what goes through UDP. To be called before anything opens a
 * socket: the engine keeps its network to itself, so it is looked at from below.
 */
export function watchWire(): void {
  const createSocket = Reflect.get(Udx.prototype, 'createSocket');
  Udx.prototype.createSocket = function (this: Udx, ...given) {
    instances.add(this);
    return Reflect.apply(createSocket, this, given);
  };
}

/** Payload of all datagrams so far, both ways: what is sent, and all that it takes to send it. */
export function wireBytes(): number {
  let bytes = 0;
  for (const { bytesTransmitted, bytesReceived } of instances) {
    bytes += bytesTransmitted + bytesReceived;
  }
  return bytes;
}
