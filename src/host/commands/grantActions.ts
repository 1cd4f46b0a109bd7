import type { Grant } from '../../core/events';
import type { Session } from '../session';
import { stoppedGrantText } from '../text/grantText';
import { showBriefly } from '../views/messages';
import { revealFile } from '../views/openFile';
import { rowKey } from '../views/treeRow';

/** What can be done with a folder that an agent keeps in step. Nothing for one that is gone. */
export class GrantActions {
  constructor(private readonly session: Session) {}

  async reveal(element: unknown): Promise<void> {
    const grant = this.of(element);
    if (grant !== undefined) await revealFile(grant.path);
  }

  /** The folder stays; the agent's next round is a question again. */
  async stop(element: unknown): Promise<void> {
    const grant = this.of(element);
    if (grant === undefined) return;
    await this.session.engine().revokeGrant(grant.grantId);
    showBriefly(stoppedGrantText(grant));
  }

  private of(element: unknown): Grant | undefined {
    const id = rowKey('grant', element);
    return this.session.snapshot.grants.find(({ grantId }) => grantId === id);
  }
}
