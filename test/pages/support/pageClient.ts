import http from 'node:http';
import { WebSocket } from 'ws';

export interface Answered {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A request as written: its path is not tidied up, its headers are whatever is said. */
export async function get(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, path, headers, agent: false },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}

/** A socket of a page, by hand. */
export class HandPage {
  readonly said: unknown[] = [];
  /** Resolves with the code and the sentence; with the status when it was never let in. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly opened: Promise<boolean>;
  private readonly socket: WebSocket;

  constructor(port: number, headers: Readonly<Record<string, string>> = {}) {
    const origin = `http://127.0.0.1:${String(port)}`;
    this.socket = new WebSocket(`ws://127.0.0.1:${String(port)}/socket`, {
      headers: { Origin: origin, ...headers },
    });
    this.socket.on('message', (data: Buffer) => {
      this.said.push(JSON.parse(data.toString('utf8')));
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('unexpected-response', (request, response) => {
        request.destroy();
        resolve({ code: response.statusCode ?? 0, reason: '' });
      });
      this.socket.on('error', () => undefined);
      this.socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString('utf8') });
      });
    });
    this.opened = new Promise((resolve) => {
      this.socket.on('open', () => {
        resolve(true);
      });
      void this.closed.then(() => {
        resolve(false);
      });
    });
  }

  async send(text: string | Buffer): Promise<void> {
    if (await this.opened) this.socket.send(text);
  }

  async ask(id: number, method: string, params: unknown): Promise<void> {
    await this.send(JSON.stringify({ kind: 'request', id, method, params }));
  }

  /** The answer or refusal to a request, once it is there, or `closed`. */
  async answer(id: number): Promise<unknown> {
    const find = (): unknown =>
      this.said.find((message) => (message as { id?: unknown }).id === id);
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const isClosed = await Promise.race([
        this.closed.then(() => true),
        new Promise<false>((resolve) => {
          this.socket.once('message', () => {
            resolve(false);
          });
        }),
      ]);
      if (isClosed) return find() ?? 'closed';
    }
  }

  /** The next token, or `closed`. */
  async redeem(token: string): Promise<string> {
    await this.ask(0, 'redeem', { token });
    const answered = (await this.answer(0)) as { readonly result?: { readonly token: string } };
    return answered.result?.token ?? 'closed';
  }

  close(): void {
    this.socket.close();
  }
}
