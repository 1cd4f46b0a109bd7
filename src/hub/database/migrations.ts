import type { Database } from './database';

/** Any number, the same in every hub: who holds it migrates, the others wait. */
const MIGRATION_LOCK = 7_313_301;

/** Steps are only ever appended; each runs once per database. */
const steps: readonly string[] = [
  `
  -- One row. Whoever changes anything takes it first, so that updated_at and event ids grow in
  -- the order of commits, also when the machine's clock jumps back.
  create table hub_clock (
    single boolean primary key default true check (single),
    last timestamptz not null
  );
  insert into hub_clock (last) values (clock_timestamp());

  create table organizations (
    id integer generated always as identity primary key,
    slug text not null unique,
    name text not null,
    created_at timestamptz not null default clock_timestamp()
  );
  create table projects (
    id integer generated always as identity primary key,
    organization_id integer not null references organizations (id),
    slug text not null,
    name text not null,
    description text not null default '',
    created_at timestamptz not null default clock_timestamp(),
    unique (organization_id, slug)
  );
  insert into organizations (slug, name) values ('default', 'Default');
  insert into projects (organization_id, slug, name)
    select id, 'main', 'Main' from organizations where slug = 'default';

  create table tasks (
    id integer generated always as identity primary key,
    project_id integer not null references projects (id),
    title text not null,
    description text,
    status text not null default 'pending' check (status in
      ('pending', 'in_progress', 'completed', 'cancelled', 'failed', 'rejected')),
    priority integer not null default 5 check (priority between 1 and 10),
    type text not null,
    channel text not null,
    payload jsonb not null,
    outputs jsonb not null default '[]',
    reason text,
    source_type text not null, source_id text not null, source_name text not null,
    assignee_type text, assignee_id text, assignee_name text,
    updated_by_type text not null, updated_by_id text not null, updated_by_name text not null,
    lease_expires timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    completed_at timestamptz
  );
  create index tasks_updated on tasks (updated_at);
  create index tasks_channel on tasks (channel, updated_at);
  create index tasks_lease on tasks (lease_expires) where status = 'in_progress';

  create table messages (
    id integer generated always as identity primary key,
    task_id integer not null references tasks (id),
    actor_type text not null, actor_id text not null, actor_name text not null,
    parts jsonb not null,
    created_at timestamptz not null
  );
  create index messages_task on messages (task_id, id);

  -- Snapshots on their way to the sockets; kept for an hour, for hubs that were cut off.
  create table events (
    id bigint generated always as identity primary key,
    event jsonb not null,
    created_at timestamptz not null default clock_timestamp()
  );
  `,
  `
  -- The hubs that run on this database, by the address of their DHT node.
  create table hubs (
    bootstrap text primary key,
    seen_at timestamptz not null
  );
  `,
  `
  -- What each hub's relay makes its key pair from, hexadecimal.
  create table relay_seeds (
    owner text primary key,
    seed text not null,
    used_at timestamptz not null
  );
  -- The public keys that any hub's relay lets in, hexadecimal.
  create table relay_admissions (
    key text primary key,
    expires_at timestamptz not null
  );
  create index relay_admissions_expires on relay_admissions (expires_at);
  `,
];

/** Brings the database to this version. Safe when several hubs start at once, and again. */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (session) => {
    await session.query('select pg_advisory_xact_lock($1::int)', [MIGRATION_LOCK]);
    await session.script('create table if not exists hub_migrations (step integer primary key)');
    const done = await session.query<{ step: number }>('select step from hub_migrations');
    const known = new Set(done.map((row) => row.step));
    for (const [step, sql] of steps.entries()) {
      if (known.has(step)) continue;
      await session.script(sql);
      await session.query('insert into hub_migrations (step) values ($1::int)', [step]);
    }
  });
}
