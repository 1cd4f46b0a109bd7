import type { FastifyInstance } from 'fastify';
import type { OrgStore } from '../orgs/orgStore';
import { schemas } from './schemas';

interface Org {
  readonly org: string;
}
interface Project extends Org {
  readonly project: string;
}
interface Names {
  readonly slug?: string;
  readonly name?: string;
  readonly description?: string;
}
type NewNames = Names & { readonly slug: string };

export function orgRoutes(app: FastifyInstance, orgs: OrgStore): void {
  app.get('/orgs', { schema: { querystring: schemas.nothing } }, async () => ({
    organizations: await orgs.organizations(),
  }));
  app.post<{ Body: NewNames }>(
    '/orgs',
    { schema: { body: schemas.newOrganization } },
    async ({ body }, reply) => {
      const organization = await orgs.createOrganization(body.slug, body.name ?? body.slug);
      return reply.code(201).send({ organization });
    },
  );
  app.get<{ Params: Org }>(
    '/orgs/:org',
    { schema: { params: schemas.organization, querystring: schemas.nothing } },
    async ({ params }) => ({ organization: await orgs.organization(params.org) }),
  );
  app.patch<{ Params: Org; Body: Names }>(
    '/orgs/:org',
    { schema: { params: schemas.organization, body: schemas.patchOrganization } },
    async ({ params, body }) => ({
      organization: await orgs.changeOrganization(params.org, body),
    }),
  );
  app.get<{ Params: Org; Querystring: { counts?: boolean } }>(
    '/orgs/:org/projects',
    { schema: { params: schemas.organization, querystring: schemas.listProjects } },
    async ({ params, query }) => ({
      projects: await orgs.projects(params.org, query.counts ?? false),
    }),
  );
  app.post<{ Params: Org; Body: NewNames }>(
    '/orgs/:org/projects',
    { schema: { params: schemas.organization, body: schemas.newProject } },
    async ({ params, body }, reply) => {
      const project = await orgs.createProject(params.org, body);
      return reply.code(201).send({ project });
    },
  );
  app.get<{ Params: Project }>(
    '/orgs/:org/projects/:project',
    { schema: { params: schemas.project, querystring: schemas.nothing } },
    async ({ params }) => ({ project: await orgs.project(params.org, params.project) }),
  );
  app.patch<{ Params: Project; Body: Names }>(
    '/orgs/:org/projects/:project',
    { schema: { params: schemas.project, body: schemas.patchProject } },
    async ({ params, body }) => ({
      project: await orgs.changeProject(params.org, params.project, body),
    }),
  );
}
