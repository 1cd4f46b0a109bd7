import assert from 'node:assert/strict';
import { ask, newTask, onBothDatabases } from './support';

describe('organizations and projects', () => {
  onBothDatabases((hub) => {
    it('begin with default and main', async () => {
      const { organizations } = (await ask(hub, 'GET', '/orgs')).body;
      assert.deepEqual(
        organizations.map(({ slug, name }) => [slug, name]),
        [['default', 'Default']],
      );
      const { projects } = (await ask(hub, 'GET', '/orgs/default/projects')).body;
      assert.deepEqual(
        projects.map(({ slug }) => slug),
        ['main'],
      );
      assert.equal('total_count' in (projects[0] ?? {}), false);
    });

    it('are made, shown and renamed, and a slug is given once', async () => {
      const made = await ask(hub, 'POST', '/orgs', { slug: 'acme', name: 'Acme' });
      assert.equal(made.status, 201);
      assert.equal(made.body.organization.name, 'Acme');
      const again = await ask(hub, 'POST', '/orgs', { slug: 'acme', name: 'Other' });
      assert.equal(again.status, 409);
      assert.match(again.body.error, /acme/);
      const renamed = await ask(hub, 'PATCH', '/orgs/acme', { slug: 'acme-2' });
      assert.equal(renamed.body.organization.slug, 'acme-2');
      assert.equal((await ask(hub, 'GET', '/orgs/acme')).status, 404);
      assert.equal((await ask(hub, 'GET', '/orgs/acme-2')).body.organization.name, 'Acme');
      assert.equal((await ask(hub, 'PATCH', '/orgs/acme-2', { slug: 'default' })).status, 409);

      const at = '/orgs/acme-2/projects';
      const project = await ask(hub, 'POST', at, { slug: 'p', name: 'P', description: 'd' });
      assert.equal(project.status, 201);
      assert.equal(project.body.project.description, 'd');
      assert.equal((await ask(hub, 'POST', at, { slug: 'p' })).status, 409);
      const changed = await ask(hub, 'PATCH', `${at}/p`, { slug: 'q', name: 'Q' });
      assert.equal(changed.body.project.slug, 'q');
      assert.equal((await ask(hub, 'GET', `${at}/q`)).body.project.name, 'Q');
    });

    it('keep their tasks apart, while /tasks shows all', async () => {
      await ask(hub, 'POST', '/orgs', { slug: 'o', name: 'O' });
      await ask(hub, 'POST', '/orgs/o/projects', { slug: 'p', name: 'P' });
      const base = '/orgs/o/projects/p/tasks';
      const { task } = (await ask(hub, 'POST', base, { title: 'inside' })).body;
      assert.equal(task.organization, 'o');
      assert.equal(task.project, 'p');
      const outside = await newTask(hub, { title: 'outside' });
      const inside = (await ask(hub, 'GET', base)).body;
      assert.deepEqual([inside.count, inside.tasks.map(({ id }) => id)], [1, [task.id]]);
      assert.equal((await ask(hub, 'GET', '/tasks')).body.count, 2);
      assert.equal((await ask(hub, 'GET', `/tasks/${String(task.id)}`)).status, 200);

      const foreign = `${base}/${String(outside)}`;
      for (const [method, path, body] of [
        ['GET', foreign, undefined],
        ['GET', `${foreign}/messages`, undefined],
        ['PATCH', foreign, { title: 'x' }],
        ['POST', `${foreign}/claim`, {}],
        ['POST', `${foreign}/messages`, { parts: [{ type: 'text', content: 'x' }] }],
      ] as const) {
        assert.equal((await ask(hub, method, path, body)).status, 404, `${method} ${path}`);
      }

      const own = `${base}/${String(task.id)}`;
      await ask(hub, 'POST', `${own}/claim`, {});
      const parts = [{ type: 'text', content: 'x' }];
      assert.equal((await ask(hub, 'POST', `${own}/messages`, { parts })).status, 201);
      const { projects } = (await ask(hub, 'GET', '/orgs/o/projects?counts=true')).body;
      const [{ pending_count, in_progress_count, total_count } = {}] = projects;
      assert.deepEqual([pending_count, in_progress_count, total_count], [0, 1, 1]);
      assert.equal((await ask(hub, 'POST', `${own}/complete`, { outputs: [] })).status, 200);
    });
  });
});
