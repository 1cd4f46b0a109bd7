import { connect, type Socket } from 'node:net';
import { errors } from '../core/errors';

/** A file without a listener is what a killed owner leaves behind. */
const NOBODY = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'];
const BUSY = ['EAGAIN', 'EBUSY', 'ECONNRESET', 'EPIPE'];

/**
 * A connection to whoever listens at the path; undefined when nobody does.
 * @throws SERVICE_LOST when somebody does and has no room just now, HOME_UNUSABLE
 */
export function openSocket(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const fail = (error: NodeJS.ErrnoException): void => {
      const { code = '' } = error;
      if (NOBODY.includes(code)) resolve(undefined);
      else if (BUSY.includes(code)) reject(errors.serviceLost());
      else reject(errors.homeUnusable(path, error.message, { cause: error }));
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

/** Whether somebody listens at the path. */
export async function isAlive(path: string): Promise<boolean> {
  try {
    const socket = await openSocket(path);
    socket?.on('error', () => undefined).destroy();
    return socket !== undefined;
  } catch {
    return true;
  }
}
