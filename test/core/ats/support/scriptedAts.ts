import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

export interface WireTask {
  id: number;
  title: string;
  status: string;
  type: string;
  channel: string;
  payload: unknown;
  outputs: unknown[];
  source_id: string;
  assignee_id: string | null;
  created_at: string;
  updated_at: string;
}

export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Reply = (request: Seen, response: ServerResponse) => boolean | undefined;

/**
 * A task service whose every move a test decides: real HTTP and WebSocket on loopback, tasks in
 * memory that survive being stopped, and a clock of its own that counts microseconds.
 */
export class ScriptedAts {
  readonly tasks = new Map<number, WireTask>();
  readonly requests: Seen[] = [];
  readonly sockets = new Set<WebSocket>();
  readonly subscriptions: unknown[] = [];
  /** Answers instead of the service when it gives true. */
  reply: Reply = () => undefined;
  /** HTTP status with which upgrades are refused. */
  refuseUpgrade: number | undefined;
  /** Accepts pings and says nothing. */
  deaf = false;
  /** The service cuts pages to this. */
  pageCap = 1000;
  /** The service's clock, in microseconds; moves on with every change. */
  clock = 1_700_000_000_000_000;
  tick = 1;
  #server: Server | undefined;
  #connections = new Set<Socket>();
  #nextId = 1;
  port = 0;

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  get running(): boolean {
    return this.#server !== undefined;
  }

  async start(): Promise<void> {
    if (this.running) throw new Error('It runs already.');
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.#serve(request, Buffer.concat(chunks).toString(), response);
      });
    });
    const upgrades = new WebSocketServer({ noServer: true });
    server.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
    });
    server.on('upgrade', (request, socket, head) => {
      this.requests.push(seenOf(request, ''));
      if (this.refuseUpgrade !== undefined) {
        socket.end(`HTTP/1.1 ${String(this.refuseUpgrade)} Refused\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      upgrades.handleUpgrade(request, socket, head, (webSocket) => {
        this.#welcome(webSocket);
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** As a killed process: nobody hears a goodbye. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.sockets) socket.terminate();
    for (const connection of this.#connections) connection.destroy();
    this.sockets.clear();
    await closed;
  }

  now(): string {
    this.clock += this.tick;
    const seconds = Math.floor(this.clock / 1_000_000);
    const micros = String(this.clock % 1_000_000).padStart(6, '0');
    return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${micros}Z`;
  }

  create(fields: Partial<WireTask> = {}): WireTask {
    const now = this.now();
    const task: WireTask = {
      id: this.#nextId++,
      title: 'Offer',
      status: 'pending',
      type: 'file_offer',
      channel: 'p2p-transfer',
      payload: {},
      outputs: [],
      source_id: 'alice',
      assignee_id: null,
      created_at: now,
      updated_at: now,
      ...fields,
    };
    this.tasks.set(task.id, task);
    this.emit('task.created', task);
    return task;
  }

  change(id: number, status: string, event: string): WireTask {
    const before = this.tasks.get(id);
    if (before === undefined) throw new Error(`no task ${String(id)}`);
    const task = { ...before, status, updated_at: this.now() };
    this.tasks.set(id, task);
    this.emit(event, task);
    return task;
  }

  emit(type: string, task: unknown, more: Record<string, unknown> = {}): void {
    this.send({ type, data: { task, ...more }, actor_id: 'alice' });
  }

  send(frame: unknown): void {
    for (const socket of this.sockets) socket.send(JSON.stringify(frame));
  }

  #welcome(socket: WebSocket): void {
    socket.send(JSON.stringify({ type: 'connected' }));
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('message', (data) => {
      if (this.deaf) return;
      const frame = JSON.parse((data as Buffer).toString()) as { type: string; id?: string };
      if (frame.type === 'ping') socket.send(JSON.stringify({ type: 'pong' }));
      if (frame.type !== 'subscribe') return;
      this.subscriptions.push(frame);
      this.sockets.add(socket);
      socket.send(JSON.stringify({ type: 'subscribed', id: frame.id }));
    });
  }

  #serve(request: IncomingMessage, body: string, response: ServerResponse): void {
    const seen = seenOf(request, body);
    this.requests.push(seen);
    response.setHeader('Content-Type', 'application/json');
    if (this.reply(seen, response) === true) return;
    const single = /\/tasks\/(\d+)$/.exec(seen.url.pathname);
    if (single !== null) {
      const task = this.tasks.get(Number(single[1]));
      if (task === undefined) response.writeHead(404).end('{"error":"task not found"}');
      else response.end(JSON.stringify({ task }));
    } else if (seen.method === 'GET' && seen.url.pathname.endsWith('/tasks')) {
      const tasks = this.#list(seen.url.searchParams);
      response.end(JSON.stringify({ tasks, count: tasks.length }));
    } else {
      response.writeHead(404).end('{"error":"no such address"}');
    }
  }

  #list(query: URLSearchParams): WireTask[] {
    const [status, type, channel] = ['status', 'type', 'channel'].map((name) => query.get(name));
    const after = query.get('updated_after');
    const found = [...this.tasks.values()].filter(
      (task) =>
        (status === null || task.status === status) &&
        (type === null || task.type === type) &&
        (channel === null || task.channel === channel) &&
        // Equal texts are equal times here, since all have six digits.
        (after === null || task.updated_at > after),
    );
    const direction = query.get('sort_dir') === 'desc' ? -1 : 1;
    found.sort((a, b) =>
      a.updated_at === b.updated_at
        ? a.id - b.id
        : a.updated_at < b.updated_at
          ? -direction
          : direction,
    );
    const offset = Number(query.get('offset') ?? 0);
    const limit = Math.min(Number(query.get('limit') ?? 50), this.pageCap);
    return found.slice(offset, offset + limit);
  }
}

function seenOf(request: IncomingMessage, body: string): Seen {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  return { method: request.method ?? '', url, headers: request.headers, body };
}

/** Started before, stopped after, whatever happens between. */
export async function withScriptedAts(use: (ats: ScriptedAts) => Promise<void>): Promise<void> {
  const ats = new ScriptedAts();
  await ats.start();
  try {
    await use(ats);
  } finally {
    await ats.stop();
  }
}
