import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { connectionOver } from '../../src/service/connectionOver';

/** If this fails, an owner that leaves at the wrong moment takes other processes with it. */
describe('a connection between processes of a home', () => {
  it('that is gone when a request is to be written throws nothing that nobody can catch', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => {
      unhandled.push(reason);
    };
    const before = process.rawListeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note);
    const server = createServer((socket) => socket.on('error', () => undefined));
    try {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      await once(socket, 'connect');
      const rpc = connectionOver(socket);
      rpc.listen();
      const closed = once(socket, 'close');
      // What is sent is written some turns later; by then the socket is gone.
      void rpc.sendRequest('anything', {});
      socket.destroy();
      await closed;
      for (let turns = 0; turns < 10; turns += 1) await new Promise(setImmediate);
      assert.deepEqual(unhandled, []);
      rpc.dispose();
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of before) process.on('unhandledRejection', listener as () => void);
      server.close();
    }
  });
});
