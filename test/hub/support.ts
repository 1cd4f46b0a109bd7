import WebSocket from 'ws';
import { withHub, type RunningHub } from '../support/withHub';
import { withPostgres } from '../support/withPostgres';
import type { HubOptions } from '../../src/hub/hub';
import type { OrganizationRow, ProjectRow } from '../../src/hub/orgs/orgStore';
import type { MessageRow, TaskRow } from '../../src/hub/tasks/taskRow';
import type { TaskStats } from '../../src/hub/tasks/taskStats';

/** The same tests on the embedded database and on a real server. */
export function onBothDatabases(
  tests: (hub: RunningHub) => void,
  options: Omit<HubOptions, 'databaseUrl' | 'dataDir'> = {},
): void {
  describe('on the embedded database', () => {
    tests(withHub(options));
  });
  describe('on PostgreSQL', () => {
    const postgres = withPostgres();
    tests(withHub(async () => ({ ...options, databaseUrl: await postgres.freshDatabase() })));
  });
}

export interface Answer {
  readonly status: number;
  readonly body: Body;
}

/** What any answer may hold; a test reads what its request is answered with. */
export interface Body {
  readonly task: TaskRow & { readonly messages: readonly MessageRow[] };
  readonly tasks: readonly TaskRow[];
  readonly count: number;
  readonly message: MessageRow;
  readonly messages: readonly MessageRow[];
  readonly stats: TaskStats;
  readonly organization: OrganizationRow;
  readonly organizations: readonly OrganizationRow[];
  readonly project: ProjectRow;
  readonly projects: readonly ProjectRow[];
  readonly status: string;
  readonly timestamp: string;
  readonly ats: string;
  readonly bootstrap: readonly string[];
  readonly version: string;
  readonly error: string;
}

/** A request as the public ATS client makes it: always a content type, sometimes no body. */
export async function ask(
  hub: { readonly url: string },
  method: string,
  path: string,
  body?: unknown,
  actor = 'agent-a',
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(hub.url + path, {
    method,
    headers: {
      'Content-Type': 'application/json',
      'X-Actor-Type': 'agent',
      'X-Actor-ID': actor,
      'X-Actor-Name': `Name of ${actor}`,
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

export async function newTask(
  hub: { readonly url: string },
  fields: Readonly<Record<string, unknown>> = {},
): Promise<number> {
  const { status, body } = await ask(hub, 'POST', '/tasks', { title: 'A task', ...fields });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body.task.id;
}

/** What any message of the hub may hold. */
export interface Heard {
  readonly type: string;
  readonly id: unknown;
  readonly error: string;
  readonly data: { readonly task: TaskRow; readonly message: MessageRow };
  readonly actor_type: string;
  readonly actor_id: string;
  readonly actor_name: string;
  readonly timestamp: string;
}

/** A socket that keeps all it hears, and waits for what it has not heard yet. */
export class Listener {
  readonly heard: Heard[] = [];
  private waiting: { test: (message: Heard) => boolean; resolve: (message: Heard) => void }[] = [];

  private constructor(readonly socket: WebSocket) {
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as Heard;
      this.heard.push(message);
      for (const one of this.waiting.filter(({ test }) => test(message))) one.resolve(message);
      this.waiting = this.waiting.filter(({ test }) => !test(message));
    });
  }

  /** Connected, and subscribed when a subscription is given. */
  static async open(
    hub: { readonly url: string },
    subscription?: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Listener> {
    const address = `${hub.url.replace('http', 'ws')}/ws?actor_type=agent&actor_id=listener`;
    const listener = new Listener(new WebSocket(address, { headers }));
    await listener.waitFor('connected');
    if (subscription !== undefined) {
      listener.send({ type: 'subscribe', id: 'test', ...subscription });
      await listener.waitFor('subscribed');
    }
    return listener;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  waitFor(type: string, test: (message: Heard) => boolean = () => true): Promise<Heard> {
    const both = (message: Heard): boolean => message.type === type && test(message);
    const already = this.heard.find(both);
    if (already !== undefined) return Promise.resolve(already);
    return new Promise((resolve, reject) => {
      this.waiting.push({ test: both, resolve });
      this.socket.once('close', (code) => {
        reject(new Error(`closed (${String(code)}) before "${type}" was heard`));
      });
      this.socket.once('unexpected-response', (_request, response) => {
        reject(new Error(`refused with ${String(response.statusCode)}`));
      });
    });
  }

  /** Everything a subscription brought so far, up to a question and its answer. */
  async events(): Promise<Heard[]> {
    const before = this.heard.filter(({ type }) => type === 'pong').length;
    this.send({ type: 'ping' });
    while (this.heard.filter(({ type }) => type === 'pong').length === before) {
      await new Promise((resolve) => this.socket.once('message', resolve));
    }
    return this.heard.filter(({ type }) => type.startsWith('task.'));
  }

  closed(): Promise<number> {
    if (this.socket.readyState === WebSocket.CLOSED) return Promise.resolve(0);
    return new Promise((resolve) => this.socket.once('close', resolve));
  }

  async close(): Promise<void> {
    const closed = this.closed();
    this.socket.close();
    await closed;
  }
}

/** Asks until the answer is as wished; the test's own time limit ends it. */
export async function until<T>(ask: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (isSo(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
