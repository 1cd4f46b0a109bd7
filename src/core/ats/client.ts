import * as v from 'valibot';
import { errors } from '../errors';
import { discover } from './discover';
import { createEndpoint } from './endpoint';
import { exchange } from './exchange';
import type { AtsRequest } from './exchange';
import { openHubRelay } from './hubRelay';
import { readAnswer } from './readAnswer';
import { messageAnswer, messagesAnswer, taskAnswer, tasksAnswer } from './schemas';
import type { Actor, AtsClient, TaskQuery } from './types';

export interface AtsClientOptions {
  /** Base address, http or https. */
  readonly url: string;
  readonly actor: Actor;
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
  /** Sent to the origin of `url` only, and only over https or to loopback. */
  readonly apiKey?: string | undefined;
  /** Milliseconds for one request with its whole answer. Default 15 s. */
  readonly requestTimeoutMs?: number | undefined;
}

/** Long enough for a service that wakes up, short enough to say so while somebody waits. */
export const REQUEST_TIMEOUT_MS = 15_000;

/** @throws CONFIG_INVALID for an address or key that must not be used */
export function createAtsClient(options: AtsClientOptions): AtsClient {
  const endpoint = createEndpoint(options.url, options.actor, options.apiKey);
  const timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const tasks = `${scope(options)}/tasks`;
  const place = `the address ${endpoint.base}${tasks}`;

  async function ask<T>(
    request: AtsRequest,
    schema: v.GenericSchema<unknown, T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const answer = await exchange(endpoint, request, timeoutMs, signal);
    const result = v.safeParse(schema, readAnswer(endpoint, request, answer));
    if (result.success) return result.output;
    const where = v.getDotPath(result.issues[0]) ?? 'the answer';
    throw errors.atsBadAnswer(endpoint.base, `${where} is not what a task service sends`);
  }

  /** Where hubs have it, until this one has said it. */
  let relayPath = '/relay';

  const about = (id: number): { path: string; what: string } => ({
    path: `${tasks}/${String(id)}`,
    what: `task ${String(id)}`,
  });

  async function move(id: number, step: string, body: unknown, signal?: AbortSignal) {
    const { path, what } = about(id);
    const request = {
      method: 'POST',
      path: `${path}/${step}`,
      body,
      what,
      transition: true,
    } as const;
    return (await ask(request, taskAnswer, signal)).task;
  }

  return {
    url: endpoint.base,
    actor: options.actor,
    async discover(signal) {
      const hub = await discover(endpoint, timeoutMs, signal);
      relayPath = hub?.relay?.path ?? relayPath;
      return hub;
    },
    async createTask(task, signal) {
      const request = { method: 'POST', path: tasks, body: task, what: place } as const;
      return (await ask(request, taskAnswer, signal)).task;
    },
    async listTasks(query, signal) {
      const request = { method: 'GET', path: tasks + queryString(query), what: place } as const;
      return (await ask(request, tasksAnswer, signal)).tasks;
    },
    async getTask(id, signal) {
      return (await ask({ method: 'GET', ...about(id) }, taskAnswer, signal)).task;
    },
    claim: (id, leaseMs, signal) => move(id, 'claim', { lease_duration: leaseMs }, signal),
    complete: (id, outputs, signal) => move(id, 'complete', { outputs }, signal),
    cancel: (id, signal) => move(id, 'cancel', undefined, signal),
    fail: (id, reason, signal) => move(id, 'fail', { reason }, signal),
    reject: (id, reason, signal) => move(id, 'reject', { reason }, signal),
    async addMessage(id, parts, signal) {
      const { path, what } = about(id);
      const request = { method: 'POST', path: `${path}/messages`, body: { parts }, what } as const;
      return (await ask(request, messageAnswer, signal)).message;
    },
    async listMessages(id, signal) {
      const { path, what } = about(id);
      const request = { method: 'GET', path: `${path}/messages`, what } as const;
      return (await ask(request, messagesAnswer, signal)).messages;
    },
    async registerRelayKey(key, signal) {
      const path = `${relayPath}/keys`;
      await ask({ method: 'POST', path, body: { key }, what: 'a relay' }, v.object({}), signal);
    },
    openRelay: (token, side, signal) =>
      openHubRelay(endpoint, { path: relayPath })(token, side, signal),
  };
}

/** Tasks live at the top, or in a project as soon as an organisation or a project is configured. */
function scope({ organization, project }: AtsClientOptions): string {
  const has = (name: string | undefined): boolean => name !== undefined && name !== '';
  if (!has(organization) && !has(project)) return '';
  const segment = (name: string | undefined, fallback: string): string =>
    encodeURIComponent(name === undefined || name === '' ? fallback : name);
  return `/orgs/${segment(organization, 'default')}/projects/${segment(project, 'main')}`;
}

function queryString(query: TaskQuery): string {
  const words: Record<string, string | number | undefined> = {
    status: query.status,
    type: query.type,
    channel: query.channel,
    assignee_id: query.assigneeId,
    search: query.search,
    updated_after: query.updatedAfter,
    sort_by: query.sortBy,
    sort_dir: query.sortDir,
    limit: query.limit,
    offset: query.offset,
  };
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(words)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}
