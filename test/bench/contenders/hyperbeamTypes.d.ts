/** The few members that are used; hyperbeam ships no types. */
declare module 'hyperbeam' {
  import type { Duplex } from 'node:stream';
  import type HyperDHT from 'hyperdht';

  class Hyperbeam extends Duplex {
    constructor(options: { announce: true; dht: HyperDHT });
    constructor(key: string, options: { dht: HyperDHT });
    readonly key: string;
  }
  export = Hyperbeam;
}
