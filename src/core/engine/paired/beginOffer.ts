import type { OfferRequest } from '../../engine';
import { DEFAULT_OFFER_LIFETIME_MS } from '../../engineConfig';
import { errors } from '../../errors';
import type { Identity } from '../../identity/identity';
import { signOffer } from '../../identity/signedBytes';
import type { Manifest } from '../../transfer/manifest';
import { walkSources } from '../../transfer/source/walkSources';
import type { EngineShared } from '../engineShared';
import { keepManifest } from './keptManifests';
import type { PairedOutgoing } from './pairedRecords';
import { refOf, type PairedAgent } from './roster';
import { syncIdOf } from './syncId';

/**
 * Walks what is to be sent, signs the offer of it, and journals both.
 * @throws PATH_NOT_FOUND, PATH_UNREADABLE, NOT_A_FILE, NAME_REFUSED, LINK_REFUSED, TOO_LARGE,
 * AGENT_BLOCKED, CONFIG_INVALID
 */
export async function beginOffer(
  { shared, identity }: { readonly shared: EngineShared; readonly identity: Identity },
  request: OfferRequest,
  { entry, keys }: PairedAgent,
): Promise<{ readonly record: PairedOutgoing; readonly manifest: Manifest }> {
  const {
    transferId,
    paths,
    leaveOutIgnored,
    offerLifetimeMs = DEFAULT_OFFER_LIFETIME_MS,
  } = request;
  if (entry.blocked) throw errors.agentBlocked(entry.actorId);
  const { place } = shared.connection();
  const source = { paths: [...paths], ...(leaveOutIgnored !== undefined && { leaveOutIgnored }) };
  const { manifest, summary, roots } = await walkSources(source, { signal: shared.stopping });
  const [first] = roots;
  if (first === undefined) throw errors.internal('a walk that found nothing');
  if (request.sync !== undefined && summary.kind !== 'folder') {
    throw errors.configInvalid('Only a single folder can be kept in step with another agent’s.');
  }
  const sync = request.sync && {
    id: syncIdOf(identity.kid, entry.kid, first.path),
    delete: request.sync.delete,
  };
  const now = Date.now();
  const totals = { entries: manifest.entries.length, size: manifest.bytes };
  const times = {
    createdAt: new Date(now).toISOString(),
    expiresAt: new Date(now + offerLifetimeMs).toISOString(),
  };
  const signed = signOffer({
    identity,
    keys,
    recipientKid: entry.kid,
    id: transferId,
    ...times,
    kind: summary.kind === 'file' ? 'file' : 'folder',
    ...totals,
    details: { name: summary.name, roots: summary.roots, ...(sync !== undefined && { sync }) },
  });
  const record: PairedOutgoing = {
    version: 2,
    place,
    transferId,
    agent: refOf(entry),
    peerId: entry.actorId,
    channel: request.channel ?? shared.settings().channel,
    startedAt: times.createdAt,
    expiresAt: times.expiresAt,
    fileName: summary.name,
    fileSize: totals.size,
    kind: summary.kind,
    roots: summary.roots,
    entries: totals.entries,
    ...(sync !== undefined && { sync }),
    source,
    sources: roots.map(({ name, path }) => ({ name, path })),
    ...signed,
  };
  // In this order: a list without a journal would never be removed, and one that is lost is made again.
  await shared.home.write('outgoing', transferId, record);
  try {
    await keepManifest(shared.home, transferId, manifest);
  } catch (thrown) {
    await shared.home.remove('outgoing', transferId);
    throw thrown;
  }
  return { record, manifest };
}
