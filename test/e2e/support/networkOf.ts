import fs from 'node:fs/promises';
import net from 'node:net';

/**
 * Stands in front of the hub and passes bytes on, so that a test can say how often anybody came.
 */
export async function countingDoor(hubUrl: string): Promise<CountingDoor> {
  let visits = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((visitor) => {
    visits += 1;
    const hub = net.connect(Number(new URL(hubUrl).port), '127.0.0.1');
    for (const [one, other] of [
      [visitor, hub],
      [hub, visitor],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    visits: () => visits,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface CountingDoor {
  readonly url: string;
  readonly visits: () => number;
  close(): Promise<void>;
}

/**
 * How many UDP sockets the processes of a group hold, which is what a DHT node needs. Undefined
 * where the system does not tell.
 */
export async function udpSocketsOf(group: number): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const tables = await Promise.all(
    ['udp', 'udp6'].map((name) => fs.readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const udp = new Set(
    tables
      .flatMap((table) => table.trim().split('\n').slice(1))
      .map((line) => `socket:[${line.trim().split(/\s+/)[INODE_COLUMN] ?? ''}]`),
  );
  const processes = (await fs.readdir('/proc')).filter((name) => /^\d+$/.test(name));
  let count = 0;
  for (const pid of processes) {
    const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The name, in brackets, may hold anything; state, parent and group come after it.
    const [, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(processGroup) !== group) continue;
    const folder = `/proc/${pid}/fd`;
    for (const fd of await fs.readdir(folder).catch(() => [])) {
      if (udp.has(await fs.readlink(`${folder}/${fd}`).catch(() => ''))) count += 1;
    }
  }
  return count;
}

/** Of `/proc/net/udp`, as the kernel's documentation of proc has it. */
const INODE_COLUMN = 9;
