import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import WebSocket from 'ws';

/** A client of the WebSocket relay that keeps what it hears. */
export class RelaySocket {
  readonly texts: string[] = [];
  readonly chunks: Buffer[] = [];
  bytes = 0;
  closeCode: number | undefined;
  closeReason = '';
  private wake: () => void = () => undefined;

  constructor(
    readonly hub: { readonly url: string },
    headers: Readonly<Record<string, string>> = {},
    readonly socket = new WebSocket(`${hub.url.replace('http', 'ws')}/relay`, { headers }),
  ) {
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.chunks.push(data);
      else this.texts.push(data.toString('utf8'));
      this.bytes += isBinary ? data.byteLength : 0;
      this.wake();
    });
    socket.on('close', (code, reason) => {
      this.closeCode = code;
      this.closeReason = reason.toString('utf8');
      this.wake();
    });
  }

  /** Open, and having said this first. */
  static async saying(hub: { readonly url: string }, first: string | Buffer): Promise<RelaySocket> {
    const one = new RelaySocket(hub);
    await once(one.socket, 'open');
    one.socket.send(first);
    return one;
  }

  static hello(hub: { readonly url: string }, token: string, side: string): Promise<RelaySocket> {
    return RelaySocket.saying(hub, JSON.stringify({ token, side }));
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  joined(): Promise<void> {
    return this.until(() => this.texts.length > 0);
  }

  async closed(): Promise<number> {
    await this.until(() => this.closeCode !== undefined);
    return this.closeCode ?? 0;
  }

  received(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

/** Two that are joined. */
export async function joinedPair(
  hub: { readonly url: string },
  token: string,
): Promise<[RelaySocket, RelaySocket]> {
  const low = await RelaySocket.hello(hub, token, 'low');
  const high = await RelaySocket.hello(hub, token, 'high');
  await Promise.all([low.joined(), high.joined()]);
  return [low, high];
}

/** What these tests use of HyperDHT's and blind-relay's client; neither ships types. */
export interface RelayClientNode {
  readonly defaultKeyPair: { readonly publicKey: Buffer };
  connect(key: Buffer): RelayControl;
  createRawStream(options: object): RawStream;
  destroy(): Promise<void>;
}

export type RelayControl = Duplex & {
  readonly opened: Promise<boolean>;
  readonly publicKey: Buffer;
  readonly rawStream: { socket: unknown; remotePort: number; remoteHost: string };
};

export type RawStream = Duplex & {
  connect(socket: unknown, id: number, port: number, host: string): void;
};
