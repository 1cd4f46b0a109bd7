import { sqlState, UNIQUE_VIOLATION, type Database } from '../database/database';
import { refusals, type Refusal } from '../refusal';

export interface OrganizationRow {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
}

export interface ProjectRow {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly pending_count?: number;
  readonly in_progress_count?: number;
  readonly total_count?: number;
}

const ORGANIZATION = 'id, slug, name';
const PROJECT = 'p.id, p.slug, p.name, p.description';

/** Organizations and their projects. There are always `default` and its `main` to begin with. */
export class OrgStore {
  constructor(private readonly database: Database) {}

  organizations(): Promise<readonly OrganizationRow[]> {
    return this.database.query(`select ${ORGANIZATION} from organizations order by slug`);
  }

  async organization(slug: string): Promise<OrganizationRow> {
    const rows = await this.database.query<OrganizationRow>(
      `select ${ORGANIZATION} from organizations where slug = $1::text`,
      [slug],
    );
    return rows[0] ?? refuse(refusals.noOrganization(slug));
  }

  async createOrganization(slug: string, name: string): Promise<OrganizationRow> {
    const rows = await unique(refusals.organizationTaken(slug), () =>
      this.database.query<OrganizationRow>(
        `insert into organizations (slug, name) values ($1::text, $2::text)
         returning ${ORGANIZATION}`,
        [slug, name],
      ),
    );
    return rows[0] ?? refuse(refusals.noOrganization(slug));
  }

  async changeOrganization(
    slug: string,
    to: { readonly slug?: string; readonly name?: string },
  ): Promise<OrganizationRow> {
    const rows = await unique(refusals.organizationTaken(to.slug ?? slug), () =>
      this.database.query<OrganizationRow>(
        `update organizations set slug = coalesce($2::text, slug), name = coalesce($3::text, name)
         where slug = $1::text returning ${ORGANIZATION}`,
        [slug, to.slug ?? null, to.name ?? null],
      ),
    );
    return rows[0] ?? refuse(refusals.noOrganization(slug));
  }

  async projects(organization: string, counts: boolean): Promise<readonly ProjectRow[]> {
    const { id } = await this.organization(organization);
    const countColumns = `,
      count(t.id) filter (where t.status = 'pending')::int as pending_count,
      count(t.id) filter (where t.status = 'in_progress')::int as in_progress_count,
      count(t.id)::int as total_count`;
    return this.database.query(
      `select ${PROJECT} ${counts ? countColumns : ''}
       from projects p ${counts ? 'left join tasks t on t.project_id = p.id' : ''}
       where p.organization_id = $1::int group by p.id order by p.slug`,
      [id],
    );
  }

  async project(organization: string, slug: string): Promise<ProjectRow> {
    const { id } = await this.organization(organization);
    const rows = await this.database.query<ProjectRow>(
      `select ${PROJECT} from projects p
       where p.organization_id = $1::int and p.slug = $2::text`,
      [id, slug],
    );
    return rows[0] ?? refuse(refusals.noProject(organization, slug));
  }

  async createProject(
    organization: string,
    project: { readonly slug: string; readonly name?: string; readonly description?: string },
  ): Promise<ProjectRow> {
    const { id } = await this.organization(organization);
    const rows = await unique(refusals.projectTaken(project.slug), () =>
      this.database.query<ProjectRow>(
        `insert into projects as p (organization_id, slug, name, description)
         values ($1::int, $2::text, $3::text, $4::text) returning ${PROJECT}`,
        [id, project.slug, project.name ?? project.slug, project.description ?? ''],
      ),
    );
    return rows[0] ?? refuse(refusals.noProject(organization, project.slug));
  }

  async changeProject(
    organization: string,
    slug: string,
    to: { readonly slug?: string; readonly name?: string; readonly description?: string },
  ): Promise<ProjectRow> {
    const { id } = await this.project(organization, slug);
    const rows = await unique(refusals.projectTaken(to.slug ?? slug), () =>
      this.database.query<ProjectRow>(
        `update projects p set slug = coalesce($2::text, slug), name = coalesce($3::text, name),
           description = coalesce($4::text, description)
         where id = $1::int returning ${PROJECT}`,
        [id, to.slug ?? null, to.name ?? null, to.description ?? null],
      ),
    );
    return rows[0] ?? refuse(refusals.noProject(organization, slug));
  }

  /** Where a task without a project goes: the one that was there first, whatever its name now. */
  async firstProject(): Promise<number> {
    const rows = await this.database.query<{ id: number }>('select min(id) as id from projects');
    return rows[0]?.id ?? refuse(refusals.badProject('main'));
  }
}

async function unique<T>(taken: Refusal, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw sqlState(error) === UNIQUE_VIOLATION ? taken : error;
  }
}

function refuse(refusal: Refusal): never {
  throw refusal;
}
