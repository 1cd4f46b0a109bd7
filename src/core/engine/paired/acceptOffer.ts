import { errors } from '../../errors';
import type { Decision } from '../../engine';
import { checkRoom } from '../../receivefs/saveFolder';
import { chosenPlace, folderOf } from '../chosenPlace';
import type { EngineShared } from '../engineShared';
import type { Grants } from './grants';
import type { PairedQuestion } from './pairedInbox';
import type { PairedIncoming } from './pairedRecords';
import { refOf, type Roster } from './roster';

export interface AcceptParts {
  readonly shared: EngineShared;
  readonly roster: Roster;
  readonly grants: Grants;
}

type Accept = Extract<Decision, { kind: 'accept' }>;

/**
 * Accepts a verified offer: finds where it goes, and room there, and journals it.
 * @throws CONFIG_INVALID, DISK_FULL, FOLDER_UNUSABLE, OFFER_UNKNOWN, HOME_UNUSABLE
 */
export async function acceptPaired(
  parts: AcceptParts,
  { offer, agent, verified, taskId, digest }: PairedQuestion,
  decision: Accept,
): Promise<PairedIncoming> {
  const { shared, roster } = parts;
  const { entry } = agent;
  const where = await whereTo(parts, { offer, agent, verified }, decision);
  const { sync } = verified.details;
  const record: PairedIncoming = {
    version: 2,
    place: shared.connection().place,
    transferId: offer.transferId,
    agent: refOf(entry),
    peerId: offer.senderId,
    channel: offer.channel,
    startedAt: new Date().toISOString(),
    expiresAt: verified.expiresAt,
    ...(taskId !== undefined && { taskId }),
    fileName: offer.fileName,
    safeName: offer.safeName,
    fileSize: offer.fileSize,
    kind: offer.kind,
    roots: offer.roots,
    entries: verified.entries,
    ...(sync !== undefined && { sync, grants: where.grants }),
    ...(digest !== undefined && { digest }),
    ...where.place,
  };
  await shared.home.write('incoming', offer.transferId, record);
  // Blocked or removed meanwhile.
  if (roster.find(entry.kid)?.entry.blocked !== false) {
    await shared.home.remove('incoming', offer.transferId);
    throw errors.offerUnknown();
  }
  return record;
}

/** Where it goes, and whether what the agent removes may be removed there too. */
async function whereTo(
  { shared, grants }: AcceptParts,
  { offer, agent, verified }: Pick<PairedQuestion, 'offer' | 'agent' | 'verified'>,
  decision: Accept,
): Promise<{
  readonly place: Pick<PairedIncoming, 'directory' | 'path' | 'update'>;
  readonly grants: NonNullable<PairedIncoming['grants']>;
}> {
  const { sync } = verified.details;
  const isElsewhere = decision.directory !== undefined || decision.path !== undefined;
  const grant = sync && !isElsewhere ? grants.find(agent.entry.kid, sync.id) : undefined;
  const mayDelete = decision.mayDelete ?? grant?.mayDelete ?? false;
  const grantsIt = { mayDelete, ...(grant !== undefined && { since: grant.since }) };
  const target = grant?.path ?? (decision.update === true ? offer.updates : undefined);
  if (decision.update === true && target === undefined) {
    throw errors.configInvalid(
      `There is no folder here that ${offer.senderId} sent before as "${offer.safeName}". ` +
        'Accept it as a new one.',
    );
  }
  if (target !== undefined) {
    // How much room it takes is known once it is known what changed.
    return { place: { update: { target, mayDelete } }, grants: grantsIt };
  }
  if (decision.path !== undefined && offer.roots > 1) {
    throw errors.configInvalid('Several files and folders go into a folder, not to one path.');
  }
  const place = chosenPlace(decision, shared.settings().saveDirectory);
  await checkRoom(folderOf(place), offer.fileSize);
  return { place, grants: grantsIt };
}
