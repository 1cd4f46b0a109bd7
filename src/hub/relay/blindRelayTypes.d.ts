/** The few members of blind-relay 1 that a server uses; it ships no types. */
declare module 'blind-relay' {
  import type { EventEmitter } from 'node:events';
  import type { Duplex } from 'node:stream';

  /** One client. Emits `pair` for each stream that was joined, `error` and `close`. */
  type Session = EventEmitter;

  class Server {
    constructor(options: { createStream: (options: object) => EventEmitter });
    accept(stream: Duplex, options: { id: Buffer }): Session;
  }
}
