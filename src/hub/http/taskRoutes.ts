import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor } from '../../core/ats/types';
import { readActor } from '../actor';
import type { Database } from '../database/database';
import type { OrgStore } from '../orgs/orgStore';
import { listTasks, type TaskListQuery } from '../tasks/taskList';
import { taskStats } from '../tasks/taskStats';
import type { ActionBody, NewTaskBody, TaskPatch, TaskStore } from '../tasks/taskStore';
import { transitions, type TaskAction } from '../tasks/transitions';
import { schemas } from './schemas';

export interface TaskParts {
  readonly database: Database;
  readonly tasks: TaskStore;
  readonly orgs: OrgStore;
}

interface ProjectParams {
  readonly org?: string;
  readonly project?: string;
}
type TaskParams = ProjectParams & { readonly id: number };

/** Tasks at `/tasks` (all of them) and at `/orgs/ORG/projects/PROJECT/tasks` (one project's). */
export function taskRoutes(app: FastifyInstance, parts: TaskParts): void {
  routesUnder(app, '/tasks', parts, { list: schemas.nothing, task: schemas.task });
  routesUnder(app, '/orgs/:org/projects/:project/tasks', parts, {
    list: schemas.project,
    task: schemas.taskOfProject,
  });
  app.get('/tasks/stats', { schema: { querystring: schemas.nothing } }, async () => ({
    stats: await taskStats(parts.database),
  }));
}

function routesUnder(
  app: FastifyInstance,
  base: string,
  { database, tasks, orgs }: TaskParts,
  params: { readonly list: object; readonly task: object },
): void {
  const projectOf = async ({ org, project }: ProjectParams): Promise<number | undefined> =>
    org === undefined || project === undefined ? undefined : (await orgs.project(org, project)).id;
  const one = `${base}/:id`;

  app.post<{ Params: ProjectParams; Body: NewTaskBody }>(
    base,
    { schema: { params: params.list, body: schemas.newTask } },
    async (request, reply) => {
      const project = (await projectOf(request.params)) ?? (await orgs.firstProject());
      const task = await tasks.create(request.body, actorOf(request), project);
      return reply.code(201).send({ task });
    },
  );
  app.get<{ Params: ProjectParams; Querystring: TaskListQuery }>(
    base,
    { schema: { params: params.list, querystring: schemas.listTasks } },
    async (request) => listTasks(database, request.query, await projectOf(request.params)),
  );
  app.get<{ Params: TaskParams }>(
    one,
    { schema: { params: params.task, querystring: schemas.nothing } },
    async ({ params: p }) => ({ task: await tasks.get(p.id, await projectOf(p)) }),
  );
  app.patch<{ Params: TaskParams; Body: TaskPatch }>(
    one,
    { schema: { params: params.task, body: schemas.patchTask } },
    async (request) => {
      const project = await projectOf(request.params);
      const actor = actorOf(request);
      return { task: await tasks.patch(request.params.id, request.body, actor, project) };
    },
  );
  for (const action of Object.keys(transitions) as TaskAction[]) {
    app.post<{ Params: TaskParams; Body: ActionBody }>(
      `${one}/${action}`,
      { schema: { params: params.task, body: schemas.action } },
      async (request) => {
        const project = await projectOf(request.params);
        const { id } = request.params;
        return { task: await tasks.act(id, action, request.body, actorOf(request), project) };
      },
    );
  }
  app.post<{ Params: TaskParams; Body: { parts: readonly unknown[] } }>(
    `${one}/messages`,
    { schema: { params: params.task, body: schemas.newMessage } },
    async (request, reply) => {
      const project = await projectOf(request.params);
      const { id } = request.params;
      const actor = actorOf(request);
      const message = await tasks.addMessage(id, request.body.parts, actor, project);
      return reply.code(201).send({ message });
    },
  );
  app.get<{ Params: TaskParams }>(
    `${one}/messages`,
    { schema: { params: params.task, querystring: schemas.nothing } },
    async ({ params: p }) => ({ messages: await tasks.messages(p.id, await projectOf(p)) }),
  );
}

function actorOf(request: FastifyRequest): Actor {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return readActor(header('x-actor-type'), header('x-actor-id'), header('x-actor-name'));
}
