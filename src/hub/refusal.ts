/** An answer other than 2xx: a status and the sentence the client shows. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: 400 | 401 | 403 | 404 | 409 | 429 | 503,
    sentence: string,
  ) {
    super(sentence);
  }
}

/** Every refusal of the hub's own, one named constructor each. */
export const refusals = {
  unauthorized: () =>
    new Refusal(401, 'This hub wants a token: send "Authorization: Bearer TOKEN".'),
  foreignHost: (host: string) =>
    new Refusal(
      403,
      `This hub listens on loopback only and does not answer to the host name "${host}".`,
    ),
  foreignOrigin: (origin: string) =>
    new Refusal(403, `Pages of another origin (${origin}) may not use this hub.`),
  badActorType: (type: string) =>
    new Refusal(400, `The actor type must be human, agent or system, not "${type}".`),
  longActor: (field: string, limit: number) =>
    new Refusal(400, `The actor's ${field} must have at most ${String(limit)} characters.`),
  badTime: (field: string) =>
    new Refusal(400, `${field} must be a date or a time as in 2026-01-31T12:00:00Z.`),
  badProject: (project: string) => new Refusal(404, `There is no project "${project}".`),
  noTask: (id: number) => new Refusal(404, `There is no task ${String(id)}.`),
  noOrganization: (slug: string) => new Refusal(404, `There is no organization "${slug}".`),
  noProject: (organization: string, slug: string) =>
    new Refusal(404, `There is no project "${slug}" in the organization "${organization}".`),
  organizationTaken: (slug: string) =>
    new Refusal(409, `There already is an organization "${slug}".`),
  projectTaken: (slug: string) =>
    new Refusal(409, `There already is a project "${slug}" in this organization.`),
  alreadyThere: (id: number, status: string) =>
    new Refusal(409, `Task ${String(id)} is already ${status}.`),
  notFrom: (id: number, verb: string, status: string) =>
    new Refusal(409, `Task ${String(id)} cannot be ${verb} while it is ${status}.`),
  unstorable: () =>
    new Refusal(400, 'The request contains a value that cannot be stored, such as a zero byte.'),
  tooManyRelayKeys: () =>
    new Refusal(429, 'Too many keys are registered at the relay. Try again in some minutes.'),
  databaseAway: () =>
    new Refusal(503, "The hub's database cannot be reached at the moment. Try again shortly."),
} as const;
