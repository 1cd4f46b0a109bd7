import type { SyncOffer } from '../../events';
import type { VerifiedOffer } from '../../identity/signedBytes';
import type { EngineShared } from '../engineShared';
import type { Grants } from './grants';
import type { Received } from './received';

export interface BeforeParts {
  readonly shared: EngineShared;
  readonly received: Received;
  readonly grants: Grants;
}

/** What an offer may bring up to date here, and what its sender may do without being asked. */
export function whatWasBefore(
  { shared, received, grants }: BeforeParts,
  { senderKid, kind, details }: VerifiedOffer,
): { readonly updates?: string; readonly sync?: SyncOffer } {
  const { name, roots, sync } = details;
  const { saveDirectory } = shared.settings();
  const isFolder = kind === 'folder' && roots === 1;
  const updates = isFolder ? received.folderIn(saveDirectory, senderKid, name) : undefined;
  const grant = sync && grants.find(senderKid, sync.id);
  return {
    ...(updates !== undefined && { updates: updates.target }),
    ...(sync !== undefined && {
      sync: {
        grantId: sync.id,
        delete: sync.delete,
        granted: grant !== undefined,
        ...(grant !== undefined && { path: grant.path }),
      },
    }),
  };
}
