import assert from 'node:assert/strict';
import { poll } from './poll';
import type { CliProcess } from '../../support/runCli';

/** A task as the hub tells it; only what these tests look at. */
export interface HubTask {
  readonly id: number;
  readonly title: string;
  readonly status: string;
  readonly assignee_id: string | null;
  readonly source_id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Readonly<Record<string, unknown>>[] | null;
}

/** The hub as a program of its own, which can be killed and comes back where it was. */
export class HubProcess {
  #process: CliProcess | undefined;
  #url = '';
  #ports: readonly string[] = ['--port', '0'];

  constructor(private readonly start: (flags: readonly string[]) => CliProcess) {}

  get url(): string {
    return this.#url;
  }

  async run(): Promise<void> {
    this.#process = this.start(this.#ports);
    const ready = await this.#process.line('ready');
    this.#url = String(ready['url']);
    const [bootstrap] = ready['bootstrap'] as string[];
    const portOf = (address: string) => /:(\d+)$/.exec(address)?.[1] ?? '';
    this.#ports = ['--port', portOf(this.#url), '--dht-port', portOf(bootstrap ?? '')];
  }

  /** As when the machine it runs on loses power. */
  async kill(): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#process?.exited;
  }

  async tasks(): Promise<readonly HubTask[]> {
    return ((await this.#get('/tasks?limit=200')) as { tasks: HubTask[] }).tasks;
  }

  /**
   * That the newest task of this file ended as cancelled, with the reason in its thread. Whichever
   * side is first writes it: the sender cancels the task, the recipient fails it.
   */
  async assertCancelled(fileName: string): Promise<void> {
    const { id } = await this.taskOf(fileName, 'cancelled', 'failed');
    const { task } = (await this.#get(`/tasks/${String(id)}`)) as {
      task: { messages: { parts: { content: unknown }[] }[] };
    };
    const thread = JSON.stringify(task.messages);
    assert.match(thread, /"code":"(CANCELLED|CANCELLED_BY_PEER)"/);
  }

  /** The newest task that offers this file, once it has come to one of these statuses. */
  async taskOf(fileName: string, ...statuses: readonly string[]): Promise<HubTask> {
    let last: HubTask | undefined;
    await poll(
      async () => {
        const tasks = await this.tasks();
        last = tasks
          .filter(({ payload }) => payload['file_name'] === fileName)
          .sort((a, b) => b.id - a.id)[0];
        return statuses.includes(last?.status ?? '');
      },
      () => `the task of ${fileName} to be ${statuses.join(' or ')}; it is ${String(last?.status)}`,
    );
    assert.ok(last);
    return last;
  }

  async #get(address: string): Promise<unknown> {
    const response = await fetch(this.#url + address, {
      headers: { 'X-Actor-Type': 'system', 'X-Actor-ID': 'tests', 'X-Actor-Name': 'tests' },
    });
    assert.equal(response.status, 200);
    return response.json();
  }
}
