import { MAX_PAGE, SORTABLE } from '../tasks/taskList';

/**
 * JSON schemas of every body, query and address. Unknown fields are let through and ignored, as
 * clients of other versions send them; numbers may come as text.
 */

const STATUSES = ['pending', 'in_progress', 'completed', 'cancelled', 'failed', 'rejected'];

/** Characters: one line on a screen, and a page of text. */
const TITLE = { type: 'string', minLength: 1, maxLength: 500, pattern: '\\S' };
const DESCRIPTION = { type: ['string', 'null'], maxLength: 65_536 };
/** Channels, types, names. */
const LABEL = { type: 'string', minLength: 1, maxLength: 128 };
const SLUG = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' };
const NAME = { type: 'string', minLength: 1, maxLength: 256 };
const PRIORITY = { type: 'integer', minimum: 1, maximum: 10 };
const PAYLOAD = { type: ['object', 'null'] };
const REASON = { type: ['string', 'null'], maxLength: 4096 };
const FILTER = { type: 'string', maxLength: 256 };
const ID = { type: 'integer', minimum: 1, maximum: 2_147_483_647 };
/** Milliseconds: a year, longer than any work that one claim covers. */
const LEASE = { type: ['integer', 'null'], minimum: 1, maximum: 366 * 24 * 60 * 60 * 1000 };

const nullable = (schema: { readonly type: string }): object => ({
  ...schema,
  type: [schema.type, 'null'],
});
const object = (properties: Readonly<Record<string, unknown>>, ...required: string[]): object => ({
  type: 'object',
  properties,
  required,
});

export const schemas = {
  newTask: object(
    {
      title: TITLE,
      type: nullable(LABEL),
      channel: nullable(LABEL),
      priority: nullable(PRIORITY),
      description: DESCRIPTION,
      payload: PAYLOAD,
    },
    'title',
  ),
  patchTask: object({
    title: TITLE,
    description: DESCRIPTION,
    priority: PRIORITY,
    status: { type: 'string', enum: STATUSES },
    type: LABEL,
    channel: LABEL,
    payload: PAYLOAD,
  }),
  listTasks: object({
    status: { type: 'string', enum: STATUSES },
    type: FILTER,
    channel: FILTER,
    assignee_id: FILTER,
    project_id: FILTER,
    search: FILTER,
    created_after: { type: 'string', maxLength: 64 },
    updated_after: { type: 'string', maxLength: 64 },
    priority: PRIORITY,
    min_priority: PRIORITY,
    max_priority: PRIORITY,
    sort_by: { type: 'string', enum: SORTABLE },
    sort_dir: { type: 'string', enum: ['asc', 'desc'] },
    limit: { type: 'integer', minimum: 1, maximum: MAX_PAGE },
    offset: { type: 'integer', minimum: 0, maximum: 2_147_483_647 },
  }),
  action: object({
    lease_duration: LEASE,
    outputs: { type: ['array', 'null'], maxItems: 1000 },
    reason: REASON,
  }),
  newMessage: object(
    {
      parts: {
        type: 'array',
        minItems: 1,
        maxItems: 100,
        items: object({ type: LABEL }, 'type', 'content'),
      },
    },
    'parts',
  ),
  task: object({ id: ID }, 'id'),
  taskOfProject: object({ org: FILTER, project: FILTER, id: ID }, 'org', 'project', 'id'),
  newOrganization: object({ slug: SLUG, name: NAME }, 'slug'),
  patchOrganization: object({ slug: SLUG, name: NAME }),
  newProject: object({ slug: SLUG, name: NAME, description: DESCRIPTION }, 'slug'),
  patchProject: object({ slug: SLUG, name: NAME, description: DESCRIPTION }),
  listProjects: object({ counts: { type: 'boolean' } }),
  organization: object({ org: FILTER }, 'org'),
  project: object({ org: FILTER, project: FILTER }, 'org', 'project'),
  relayKey: object({ key: { type: 'string', pattern: '^[0-9A-Fa-f]{64}$' } }, 'key'),
  nothing: { type: 'object' },
  socket: object({
    actor_type: { type: 'string', maxLength: 16 },
    actor_id: { type: 'string', maxLength: 256 },
    actor_name: { type: 'string', maxLength: 256 },
  }),
} as const;
