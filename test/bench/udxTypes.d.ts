/** The few members that are used; udx-native ships no types. */
declare module 'udx-native' {
  class Udx {
    /** Bytes of the payload of datagrams. */
    readonly bytesTransmitted: number;
    readonly bytesReceived: number;
    createSocket(...options: unknown[]): object;
  }
  export = Udx;
}
